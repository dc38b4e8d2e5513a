"""Which dialplan answers a number: the exact number, then the longest beginning, then ``*``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.numbers import ANY, normalised
from appliance.dialplan.problems import Problem


@dataclass(frozen=True, slots=True)
class Match:
    """A dialplan and the pattern by which it answers."""

    loaded: LoadedDialplan
    pattern: str


class Matcher:
    """Finds the dialplan for a number in a few dictionary look-ups, however many dialplans there are."""

    def __init__(self, plans: Iterable[LoadedDialplan]) -> None:
        self._owners: dict[str, LoadedDialplan] = {}
        for loaded in plans:
            for pattern in loaded.plan.numbers:
                self._owners.setdefault(pattern, loaded)

    def match(self, number: str) -> Match | None:
        """The dialplan for ``number`` as the carrier says it; None when no dialplan answers it."""
        for pattern in _patterns(normalised(number)):
            if loaded := self._owners.get(pattern):
                return Match(loaded, pattern)
        return None


def _patterns(number: str) -> Iterator[str]:
    """Every pattern that ``number`` fits, the most specific first."""
    yield number
    for length in range(len(number), 1, -1):
        yield f"{number[:length]}*"
    yield ANY


def claimed_twice(plans: Iterable[LoadedDialplan]) -> Iterator[tuple[LoadedDialplan, Problem]]:
    """The dialplans that claim what an earlier one claims already, each with why it cannot be served."""
    owners: dict[str, LoadedDialplan] = {}
    for loaded in plans:
        for position, pattern in enumerate(loaded.plan.numbers):
            owner = owners.setdefault(pattern, loaded)
            if owner is not loaded:
                what = f"{pattern!r} is already answered by {owner.file}, expected a number of its own"
                yield loaded, loaded.source.problem(("numbers", position), what)
