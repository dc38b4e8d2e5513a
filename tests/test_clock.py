from appliance.clock import ManualClock, iso, monotonic, wall


def test_a_manual_clock_moves_only_when_it_is_moved() -> None:
    clock = ManualClock(5.0)
    assert (clock(), clock()) == (5.0, 5.0)
    clock.advance(1.5)
    assert clock() == 6.5


def test_the_real_clocks_do_not_run_backwards() -> None:
    assert monotonic() <= monotonic()
    assert wall() > 1_700_000_000


def test_times_are_told_in_utc_to_the_millisecond() -> None:
    assert iso(0.0004) == "1970-01-01T00:00:00.000Z"
    assert iso(1_800_000_001.9996) == "2027-01-15T08:00:01.999Z"
