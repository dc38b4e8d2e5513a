from appliance.clock import ManualClock, monotonic, wall


def test_a_manual_clock_moves_only_when_it_is_moved() -> None:
    clock = ManualClock(5.0)
    assert (clock(), clock()) == (5.0, 5.0)
    clock.advance(1.5)
    assert clock() == 6.5


def test_the_real_clocks_do_not_run_backwards() -> None:
    assert monotonic() <= monotonic()
    assert wall() > 1_700_000_000
