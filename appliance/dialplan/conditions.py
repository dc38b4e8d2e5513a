"""When a dialplan answers the numbers that it claims: who calls, over which carrier, at which hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from appliance.clock import wall
from appliance.dialplan.fields import Name, Part, Pattern, are_different, as_list
from appliance.dialplan.hours import Hours
from appliance.dialplan.numbers import ANY
from appliance.dialplan.patterns import PatternIndex, overlap

Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(as_list), AfterValidator(are_different)]
Carrier = Annotated[str, Field(min_length=1), AfterValidator(str.lower)]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that comes in."""

    called: str
    caller: str = ""
    carrier: str = ""
    """Such as "twilio"."""

    at: float = field(default_factory=wall)
    """Seconds since the epoch."""


class Conditions(Part):
    """What has to hold, all of it, for a dialplan to answer."""

    callers: Patterns | None = Field(default=None, min_length=1)
    """Who calls: numbers, beginnings such as +1555*, names such as anonymous."""

    not_callers: Patterns = ()
    """Who calls must be none of these."""

    carriers: Annotated[tuple[Carrier, ...] | None, BeforeValidator(as_list)] = Field(default=None, min_length=1)
    """What the call comes over: twilio."""

    open: Name | None = None
    """The hours, of those in `hours`, within which it answers."""

    closed: Name | None = None
    """The hours, of those in `hours`, outside of which it answers."""

    def unmet(self, arrival: Arrival, hours: Mapping[str, Hours]) -> str | None:
        """The key of the first condition that does not hold; None when all do."""
        if self.carriers and arrival.carrier not in self.carriers:
            return "carriers"
        if self.callers and not any(self._callers.found(arrival.caller)):
            return "callers"
        if self.not_callers and any(self._not_callers.found(arrival.caller)):
            return "not_callers"
        if self.open and not hours[self.open].is_open(arrival.at):
            return "open"
        return "closed" if self.closed and hours[self.closed].is_open(arrival.at) else None

    @cached_property
    def _callers(self) -> PatternIndex[bool]:
        return PatternIndex((pattern, True) for pattern in self.callers or ())

    @cached_property
    def _not_callers(self) -> PatternIndex[bool]:
        return PatternIndex((pattern, True) for pattern in self.not_callers)


def may_both_hold(one: Conditions, hours: Mapping[str, Hours], other: Conditions, others: Mapping[str, Hours]) -> bool:
    """Whether some call may meet the conditions of both; where that is hard to tell, it is said to be so."""
    if one.carriers and other.carriers and not {*one.carriers} & {*other.carriers}:
        return False
    callers = [pattern for pattern in one.callers or (ANY,) if pattern not in other.not_callers]
    others_callers = [pattern for pattern in other.callers or (ANY,) if pattern not in one.not_callers]
    if not any(overlap(a, b) for a in callers for b in others_callers):
        return False
    opened, others_opened = _named(hours, one.open), _named(others, other.open)
    if opened and others_opened and not opened.may_both_be_open(others_opened):
        return False
    closed, others_closed = _named(hours, one.closed), _named(others, other.closed)
    return not ((opened and opened == others_closed) or (others_opened and others_opened == closed))


def _named(hours: Mapping[str, Hours], name: str | None) -> Hours | None:
    return hours.get(name) if name else None
