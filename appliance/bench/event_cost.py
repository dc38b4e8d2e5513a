"""What an event costs, from the observer to the bytes in a viewer's queue: ours, and Pipecat's on the same frames."""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from appliance.bench.observing import Observed
from appliance.bench.processes import cores, output_of
from appliance.bench.turn import Told, turn

OURS, PIPECAT = "ours", "pipecat"
SEES_ALL, SEES_MASKED = "supervisor", "viewer"
MANY_VIEWERS = 20
TURNS, QUICK_TURNS = 400, 100
ROUNDS, QUICK_ROUNDS = 5, 2
MOST_OF_ONE, MOST_OF_FURTHER = 0.5, 0.1
"""What one viewer may cost at most, and each further one, of what Pipecat's one costs."""
_SECS = 120.0


class Cost(NamedTuple):
    """Of one event, for all its viewers."""

    system: str
    viewers: int
    masked: bool
    """Whether what is sensitive is masked for them."""
    events: int
    """Of the turn, to each viewer."""
    event_us: float
    """CPU time, on average over the events of a turn."""


class Costs(NamedTuple):
    """Those of one run."""

    costs: Sequence[Cost]

    @property
    def one_us(self) -> float:
        """For one viewer that sees everything."""
        return self._of(OURS, 1)

    @property
    def further_us(self) -> float:
        """For each further one."""
        return (self._of(OURS, MANY_VIEWERS) - self.one_us) / (MANY_VIEWERS - 1)

    @property
    def masked_us(self) -> float:
        """For one viewer, where what it gets is masked."""
        return self._of(OURS, 1, masked=True)

    @property
    def pipecat_us(self) -> float | None:
        """Pipecat's, for its one viewer; None where it was not measured."""
        return self._of(PIPECAT, 1) if any(cost.system == PIPECAT for cost in self.costs) else None

    @property
    def of_pipecat(self) -> dict[str, float] | None:
        """Ours as shares of Pipecat's: for ``one`` viewer, and for each ``further`` one."""
        theirs = self.pipecat_us
        return None if theirs is None else {"one": self.one_us / theirs, "further": self.further_us / theirs}

    def _of(self, system: str, viewers: int, *, masked: bool = False) -> float:
        return next(
            cost.event_us
            for cost in self.costs
            if (cost.system, cost.viewers, cost.masked) == (system, viewers, masked)
        )


async def event_costs(python: str | None, turns: int = TURNS, rounds: int = ROUNDS) -> Costs:
    """Measures them by turns, so that what else the machine does meets all; the quietest round counts.

    ``python`` is that of an environment with Pipecat, if it is to be measured, too.
    """
    found: dict[tuple[str, int, bool], list[Observed]] = {}
    for _ in range(rounds):
        for viewers, role in ((1, SEES_ALL), (MANY_VIEWERS, SEES_ALL), (1, SEES_MASKED)):
            observed = await measured("appliance.bench.observing", turn(), turns, viewers=viewers, role=role)
            found.setdefault((OURS, viewers, role == SEES_MASKED), []).append(observed)
        if python is not None:
            observed = await measured("appliance.bench.pipecat_observer", turn(), turns, python=python)
            found.setdefault((PIPECAT, 1, False), []).append(observed)
    return Costs([_cost(*what, observed) for what, observed in found.items()])


def _cost(system: str, viewers: int, masked: bool, rounds: Sequence[Observed]) -> Cost:
    events = len(rounds[0].messages)
    turn_us = min(float(np.median(observed.turn_us)) for observed in rounds)
    return Cost(system, viewers, masked, events, turn_us / events)


async def measured(
    module: str, turn: Sequence[Told], turns: int, *, python: str = sys.executable, **more: Any
) -> Observed:
    """What one process of its own measures."""
    argument = msgspec.json.encode({"turn": turn, "turns": turns, **more}).decode()
    written = await output_of(module, [argument], cores()[:1], _SECS, python=python)
    return msgspec.json.decode(written, type=Observed)
