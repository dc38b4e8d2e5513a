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
    """Those whose two sides were measured."""
    for system in dict.fromkeys(row.system for row in rows if row.system.startswith(PIPECAT)):
        theirs, ours = _cpu_ms(rows, system), _cpu_ms(rows, OURS)
        if theirs and ours:
            yield Ratio(system, "cpu_ms", theirs, ours, theirs / ours)
        # Pipecat's limit must have been found; ours may be more than was tried: then the ratio is too small
        if (
            _is_limit_found(rows, system)
            and (held := most_calls(rows, system))
            and (our_calls := most_calls(rows, OURS))
        ):
            yield Ratio(system, "calls", held, our_calls, our_calls / held)


def _cpu_ms(rows: Sequence[Row], system: str) -> float | None:
    done = (row.cpu_ms for row in rows if (row.system, row.calls, row.lost) == (system, COMPARED_CALLS, 0))
    return next(done, None)


def _is_limit_found(rows: Sequence[Row], system: str) -> bool:
    return any(row.system == system and not row.holds for row in rows)
