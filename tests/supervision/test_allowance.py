"""A viewer may send what a microphone brings, and not a flood."""

from appliance.clock import ManualClock
from appliance.rtvi.reading import LONGEST_MESSAGE
from appliance.supervision.allowance import BURST, PER_SEC, PIECE_BYTES, Allowance


def passed(allowance: Allowance, messages: int, size: int = 100) -> int:
    """How many of so many messages pass."""
    return sum(allowance.covers(size) for _ in range(messages))


def test_a_flood_passes_only_as_far_as_a_burst_may_go() -> None:
    assert passed(Allowance(ManualClock()), 10_000) == BURST


def test_a_microphone_passes_for_ever() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    for _ in range(10 * 60 * 100):
        clock.advance(0.01)
        assert allowance.covers(3200)


def test_a_minute_of_flood_passes_at_the_rate() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    count = 0
    for _ in range(60):
        count += passed(allowance, 10_000)
        clock.advance(1)
    assert count == BURST + 59 * PER_SEC


def test_what_is_not_used_is_kept_up_to_one_burst() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    clock.advance(3600)
    assert passed(allowance, 10_000) == BURST


def test_a_long_message_counts_as_many_and_one_that_is_refused_for_its_length_as_the_longest() -> None:
    for size in (LONGEST_MESSAGE, 2 * 1024 * 1024):
        allowance = Allowance(ManualClock())
        assert passed(allowance, 100, size) == BURST // (1 + LONGEST_MESSAGE // PIECE_BYTES) == 15
        assert passed(allowance, 10_000) == BURST % 65
