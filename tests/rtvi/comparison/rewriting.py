"""Turning what one side sent into what the other should have sent."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.rtvi.comparison.case import JSON, Case


class Played(NamedTuple):
    """What a client got, and what its messages made of frames."""

    messages: list[JSON]
    frames: list[JSON]


Rewrite = Callable[[Case, Played], Played]


def message(kind: str, data: Any = None, id: str | None = None) -> JSON:  # noqa: A002
    """A message from the server, as compared."""
    whole = {"type": kind, "id": id, "data": data}
    return {key: value for key, value in whole.items() if value is not None}


def refused(error: str, id: str = "1") -> JSON:  # noqa: A002
    """An ``error-response``."""
    return message("error-response", {"error": error}, id)


def each(change: Callable[[Case, JSON], Sequence[JSON]]) -> Rewrite:
    """Each message becomes others, or none."""
    return lambda case, played: Played([new for old in played.messages for new in change(case, old)], played.frames)


def data_of(kind: str, change: Callable[[Case, JSON], JSON]) -> Rewrite:
    """The data of these messages becomes other data."""
    return each(lambda case, old: [{**old, "data": change(case, old["data"])} if old["type"] == kind else old])


def instead(theirs: list[JSON], ours: list[JSON]) -> Rewrite:
    """These messages, one right after the other, become those."""
    return lambda case, played: Played(_replaced(played.messages, theirs, ours), played.frames)


def frames(theirs: list[JSON], ours: list[JSON]) -> Rewrite:
    """These frames, one right after the other, become those."""
    return lambda case, played: Played(played.messages, _replaced(played.frames, theirs, ours))


def _replaced(items: list[JSON], old: list[JSON], new: list[JSON]) -> list[JSON]:
    for at in range(len(items) - len(old) + 1):
        if items[at : at + len(old)] == old:
            return items[:at] + new + items[at + len(old) :]
    return items


def all_of(*rewrites: Rewrite) -> Rewrite:
    """One after another."""

    def rewrite(case: Case, played: Played) -> Played:
        for one in rewrites:
            played = one(case, played)
        return played

    return rewrite


def without(*keys: str, unless: Callable[[JSON], Any] = lambda data: False) -> Callable[[Case, JSON], JSON]:
    """Data without these keys."""
    return lambda case, data: data if unless(data) else {key: data[key] for key in data if key not in keys}
