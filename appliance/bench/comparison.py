"""Ours beside Pipecat's: ratios of what one run has measured of both, and of nothing else."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from appliance.bench.load import Row
from appliance.bench.systems import PIPECAT

OURS = "canned"
COMPARED_CALLS = 20
"""The load at which a call's cost is compared: one that Pipecat holds."""


class Ratio(NamedTuple):
    """One figure of one of Pipecat's systems and of ours, and how many times better ours is."""

    system: str
    what: str
    """cpu_ms (of a call per second, at ``COMPARED_CALLS``) or calls (that one core holds)."""
    theirs: float
    ours: float
    times: float


def most_calls(rows: Sequence[Row], system: str) -> int:
    """The largest load that one core was seen to hold; 0 when there is none."""
    return max((row.calls for row in rows if row.system == system and row.holds), default=0)


def ratios(rows: Sequence[Row]) -> Iterator[Ratio]:
    """Those whose two sides were measured. Pipecat's limit must have been reached; ours may be higher still."""
    for system in dict.fromkeys(row.system for row in rows if row.system.startswith(PIPECAT)):
        theirs, ours = _cpu_ms(rows, system), _cpu_ms(rows, OURS)
        if theirs and ours:
            yield Ratio(system, "cpu_ms", theirs, ours, theirs / ours)
        held, our_calls = most_calls(rows, system), most_calls(rows, OURS)
        too_much, too_much_for_us = _not_held(rows, system), _not_held(rows, OURS)
        if held and our_calls and too_much and not any(map(_is_others_doing, (too_much, too_much_for_us))):
            yield Ratio(system, "calls", held, our_calls, our_calls / held)


def _cpu_ms(rows: Sequence[Row], system: str) -> float | None:
    done = (row.cpu_ms for row in rows if (row.system, row.calls, row.lost) == (system, COMPARED_CALLS, 0))
    return next(done, None)


def _not_held(rows: Sequence[Row], system: str) -> Sequence[Row]:
    return [row for row in rows if row.system == system and not row.holds]


def _is_others_doing(not_held: Sequence[Row]) -> bool:
    """Whether each time it may have been too much only for what others left of the core."""
    return bool(not_held) and all(row.was_shared for row in not_held)
