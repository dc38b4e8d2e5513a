"""Guessing is slow, and those who guess do not fill the memory."""

from appliance.clock import ManualClock
from appliance.supervision.attempts import MAX_ADDRESSES, MAX_FAILURES, WINDOW_SECS, Attempts


def test_after_ten_failures_an_address_waits_until_one_is_a_minute_old() -> None:
    clock = ManualClock()
    attempts = Attempts(clock)
    for _ in range(MAX_FAILURES):
        assert not attempts.exhausted("10.0.0.1")
        attempts.failed("10.0.0.1")
        clock.advance(1)
    assert attempts.exhausted("10.0.0.1")
    assert not attempts.exhausted("10.0.0.2")
    clock.advance(WINDOW_SECS - MAX_FAILURES - 0.5)
    assert attempts.exhausted("10.0.0.1")
    clock.advance(0.5)
    assert not attempts.exhausted("10.0.0.1")


def test_only_so_many_addresses_are_remembered() -> None:
    attempts = Attempts(ManualClock())
    for _ in range(MAX_FAILURES):
        attempts.failed("first")
    for number in range(MAX_ADDRESSES):
        attempts.failed(str(number))
    assert not attempts.exhausted("first")
