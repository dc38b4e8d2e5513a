"""Audio goes out at the speed at which it is heard."""

import pytest

from appliance.audio.pacing import Pacer
from appliance.clock import ManualClock


def _play(pacer: Pacer, clock: ManualClock, pieces: int, late_secs: float = 0.0) -> list[float]:
    """When each piece goes out if every sleep takes ``late_secs`` longer than wanted."""
    times = []
    for _ in range(pieces):
        times.append(round(clock.now, 6))
        delay = pacer.delay()
        clock.advance(delay + late_secs if delay else 0.0)
    return times


def test_pieces_are_due_an_interval_apart() -> None:
    clock = ManualClock(100.0)
    assert _play(Pacer(0.02, clock), clock, 4) == [100.0, 100.02, 100.04, 100.06]


def test_late_wake_ups_never_add_up() -> None:
    clock = ManualClock()
    times = _play(Pacer(0.02, clock), clock, 1001, late_secs=0.003)
    assert times[-1] == pytest.approx(20.003)


def test_after_a_short_stall_what_was_missed_goes_out_at_once() -> None:
    clock = ManualClock()
    pacer = Pacer(0.02, clock, burst=5)
    assert pacer.delay() == pytest.approx(0.02)
    clock.advance(0.07)
    assert [round(pacer.delay(), 6) for _ in range(4)] == [0.0, 0.0, 0.01, 0.03]


def test_after_a_long_stall_no_more_than_the_burst_goes_out_at_once() -> None:
    clock = ManualClock()
    pacer = Pacer(0.02, clock, burst=3)
    pacer.delay()
    clock.advance(10.0)
    assert [round(pacer.delay(), 6) for _ in range(6)] == [0.0, 0.0, 0.0, 0.0, 0.02, 0.04]


def test_a_restart_forgets_the_rhythm() -> None:
    clock = ManualClock()
    pacer = Pacer(0.02, clock)
    pacer.delay()
    clock.advance(10.0)
    pacer.restart()
    assert pacer.delay() == pytest.approx(0.02)


def test_values_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^a pacing interval of 0 s; expected more than 0$"):
        Pacer(0, ManualClock())
    with pytest.raises(ValueError, match=r"^a pacing burst of -1; expected 0 or more$"):
        Pacer(0.02, ManualClock(), burst=-1)
