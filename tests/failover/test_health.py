"""The circuit breaker of an engine."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from appliance.clock import ManualClock
from appliance.errors import EngineError
from appliance.failover import Health, State
from appliance.failover.health import MOST_FAILURES


@dataclass
class Probe:
    """Fails as often as ``failures``; with ``hangs`` it does not come back."""

    failures: int = 0
    asked: int = 0
    hangs: bool = False

    async def __call__(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.asked <= self.failures:
            raise EngineError(f"failure {self.asked} of the probe.")


@dataclass
class Watched:
    """A health, and what it became."""

    health: Health
    states: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        self.health.on_change = self._note

    def _note(self, health: Health) -> None:
        self.states.append(health.state)
        self._changed.set()

    def fail(self, times: int = MOST_FAILURES) -> None:
        for number in range(times):
            self.health.failed(f"failure {number + 1}.")

    async def until(self, state: State, holds: Callable[[], bool] = lambda: True) -> None:
        async with asyncio.timeout(10):
            while not (self.health.state is state and holds()):
                self._changed.clear()
                await self._changed.wait()


def watched(probe: Probe | None, *pauses_secs: float, clock: ManualClock | None = None) -> Watched:
    return Watched(
        Health("transcriber", "ear", probe, pauses_secs=pauses_secs or (0.001,), clock=clock or ManualClock(5))
    )


async def test_a_few_failures_in_a_row_take_an_engine_down_and_a_success_between_them_does_not() -> None:
    ear = watched(Probe(), 60)
    ear.fail(MOST_FAILURES - 1)
    ear.health.succeeded()
    ear.fail(MOST_FAILURES - 1)
    assert (ear.health.is_up, ear.states, ear.health.error) == (True, [], None)
    ear.fail(1)
    assert (ear.health.is_up, ear.states) == (False, [State.DOWN])
    assert (ear.health.error, ear.health.failures) == ("failure 1.", 2 * MOST_FAILURES - 1)
    await ear.health.close()


async def test_it_is_tried_in_the_background_until_it_works_again() -> None:
    probe = Probe(failures=2)
    ear = watched(probe)
    ear.fail()
    await ear.until(State.UP)
    tried = [State.PROBING, State.DOWN]
    assert (ear.states, probe.asked) == ([State.DOWN, *tried, *tried, State.PROBING, State.UP], 3)
    assert (ear.health.is_up, ear.health.error) == (True, None)


async def test_while_it_is_tried_no_call_asks_it_and_the_newest_failure_is_told() -> None:
    probe = Probe(failures=1)
    ear = watched(probe, 0.001, 60)
    ear.fail()
    await ear.until(State.DOWN, lambda: probe.asked == 1)
    assert (ear.health.is_up, ear.health.error) == (False, "failure 1 of the probe.")
    await ear.health.close()


async def test_a_try_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.failover.health.PROBE_SECS", 0.01)
    probe = Probe(hangs=True)
    ear = watched(probe, 0.001, 60)
    ear.fail()
    await ear.until(State.DOWN, lambda: probe.asked == 1)
    assert ear.health.error == "no answer within 0.01 s"
    await ear.health.close()


async def test_a_call_that_is_served_all_the_same_ends_the_trying() -> None:
    probe = Probe()
    ear = watched(probe, 60)
    ear.fail()
    ear.health.succeeded()
    assert (ear.states, ear.health.is_up, probe.asked) == ([State.DOWN, State.UP], True, 0)


async def test_it_is_tried_ever_more_rarely() -> None:
    probe = Probe(failures=3)
    ear = watched(probe, 0.001, 0.002, 0.003)
    ear.fail()
    await ear.until(State.UP)
    ear.fail()
    await ear.until(State.UP)
    assert probe.asked == 5


async def test_without_a_way_to_try_it_the_next_call_does() -> None:
    ear = watched(None, 0.001)
    ear.fail()
    await ear.until(State.PROBING)
    assert ear.health.is_up
    ear.fail(1)
    assert not ear.health.is_up
    await ear.until(State.PROBING)
    ear.health.succeeded()
    assert (ear.health.state, ear.health.is_up) == (State.UP, True)


async def test_each_change_for_calls_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = ManualClock(100)
    ear = watched(Probe(), 60, clock=clock)
    ear.fail(20)
    assert ear.health.since == 100
    clock.advance(7)
    ear.health.succeeded()
    assert ear.health.since == 107
    assert [record.getMessage() for record in caplog.records] == [
        "the transcriber ear is out of order: failure 3.",
        "the transcriber ear works again, after 7 s",
    ]


async def test_one_that_is_closed_is_tried_no_more() -> None:
    probe = Probe(hangs=True)
    ear = watched(probe)
    ear.fail()
    await ear.until(State.PROBING)
    await ear.health.close()
    assert (ear.health.state, probe.asked) == (State.PROBING, 1)
