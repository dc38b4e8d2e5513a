"""Which dialplan answers a call: by priority, then by how much its pattern says, then by whether it has conditions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from appliance.dialplan.conditions import Arrival, may_both_hold
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.patterns import PatternIndex, specificity
from appliance.dialplan.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Match:
    """A dialplan and the pattern by which it answers."""

    loaded: LoadedDialplan
    pattern: str
    place: Place
    """Where the pattern stands in the dialplan."""

    def unmet(self, arrival: Arrival) -> str | None:
        """The key of the first of its conditions that does not hold."""
        plan = self.loaded.plan
        return plan.when.unmet(arrival, plan.hours) if plan.when else None


_Ranked = tuple[int, Match]


class _Rivals:
    """The claims to one pattern: those that want certain callers are found by these."""

    def __init__(self, claims: Sequence[_Ranked]) -> None:
        self._open = [entry for entry in claims if not _callers(entry)]
        self._by_caller = PatternIndex((caller, entry) for entry in claims for caller in _callers(entry))

    def found(self, caller: str) -> Iterator[_Ranked]:
        yield from self._open
        yield from self._by_caller.found(caller)


def _callers(entry: _Ranked) -> tuple[str, ...]:
    when = entry[1].loaded.plan.when
    return when.callers or () if when else ()


class Matcher:
    """Finds the dialplan for a call in a few dictionary look-ups, however many dialplans there are."""

    def __init__(self, plans: Iterable[LoadedDialplan]) -> None:
        claims: dict[str, list[_Ranked]] = defaultdict(list)
        for entry in enumerate(sorted((claim for loaded in plans for claim in _claims(loaded)), key=_rank)):
            claims[entry[1].pattern].append(entry)
        self._claims = PatternIndex(claims.items())
        self._rivals = PatternIndex((pattern, _Rivals(entries)) for pattern, entries in claims.items())

    def match(self, arrival: Arrival) -> Match | None:
        """The dialplan for a call; None when no dialplan answers it."""
        found = [entry for rivals in self._rivals.found(arrival.called) for entry in rivals.found(arrival.caller)]
        return next((claim for _, claim in sorted(found, key=_order) if claim.unmet(arrival) is None), None)

    def candidates(self, called: str) -> Iterator[Match]:
        """Every dialplan that claims a number, the first choice first, whether its conditions hold or not."""
        found = sorted((entry for entries in self._claims.found(called) for entry in entries), key=_order)
        return (claim for _, claim in found)


def _order(entry: _Ranked) -> int:
    return entry[0]


def _claims(loaded: LoadedDialplan) -> Iterator[Match]:
    for position, pattern in enumerate(loaded.plan.numbers):
        yield Match(loaded, pattern, ("numbers", position))


def _rank(claim: Match) -> tuple[int, int, bool, bool]:
    plan = claim.loaded.plan
    named, is_whole = specificity(claim.pattern)
    return -plan.priority, -named, not is_whole, plan.when is None


def claimed_twice(plans: Iterable[LoadedDialplan]) -> Iterator[tuple[LoadedDialplan, Problem]]:
    """The dialplans that claim what an earlier one claims already, each with why it cannot be served.

    Two may claim the same number when their priorities differ, when only one has conditions, or no call meets both's.
    """
    claims: dict[tuple[str, int, bool], list[Match]] = defaultdict(list)
    for loaded in plans:
        for claim in _claims(loaded):
            claims[claim.pattern, loaded.plan.priority, loaded.plan.when is None].append(claim)
    for rivals in claims.values():
        told: set[int] = set()
        for first, second in combinations(rivals, 2):
            if id(second.loaded) not in told and _may_both_answer(first.loaded, second.loaded):
                told.add(id(second.loaded))
                yield second.loaded, _told(first, second)


def _may_both_answer(one: LoadedDialplan, other: LoadedDialplan) -> bool:
    if one.plan.when is None or other.plan.when is None:
        return True
    return may_both_hold(one.plan.when, one.plan.hours, other.plan.when, other.plan.hours)


def _told(first: Match, second: Match) -> Problem:
    owner = f"{first.loaded.file}:{first.loaded.source.line(first.place)}"
    what = f"{second.pattern!r} is already answered by {owner}, expected a number, `priority` or `when` of its own"
    return second.loaded.source.problem(second.place, what)
