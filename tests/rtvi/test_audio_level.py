"""How loud a side of the call is."""

from appliance.audio.level import level
from appliance.clock import ManualClock
from appliance.rtvi.audio_level import AudioLevel

LOUD, QUIET = b"\x00\x40" * 80, b"\x00\x01" * 80


def test_the_loudest_of_each_period_is_reported_once() -> None:
    clock, reported = ManualClock(100.0), list[float]()
    meter = AudioLevel(0.15, reported.append, clock=clock)
    meter.hear(QUIET)
    for pcm in (LOUD, QUIET, QUIET, QUIET):
        clock.advance(0.05)
        meter.hear(pcm)
    assert reported == [round(level(QUIET), 3), round(level(LOUD), 3)]
