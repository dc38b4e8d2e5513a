"""What a function may know of its call, and what it may use of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.clock import WallClock, wall
from appliance.dialplan import Value
from appliance.dialplan.hours import Hours

if TYPE_CHECKING:
    from appliance.functions.web import Web


def _no_variables() -> Mapping[str, Value]:
    return {}


@dataclass(frozen=True, slots=True)
class Means:
    """What all calls of the house share."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The settings' `[secrets]`: for what goes to a server, and for nothing that a person may see or hear."""
    web: Web | None = None
    """The sessions of all calls, which connect to no address that the settings do not allow."""
    send_sms: Callable[[str, str, str], Awaitable[None]] | None = None
    """Sends a text message: to which number, from which, and the text. Raises CarrierError."""
    own_number: str | None = None
    """The number that our own text messages come from, where the settings name one."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One call, as its functions see it."""

    call_id: str = ""
    caller: str = ""
    called: str = ""
    dialplan: str = ""
    variables: Callable[[], Mapping[str, Value]] = _no_variables
    """What the call has collected until now; the two numbers are among it."""
    clock: WallClock = wall
    hours: Mapping[str, Hours] = field(default_factory=dict)
    """The dialplan's opening hours."""
    means: Means = Means()
