"""What a call's record says of its engines."""

from appliance.call.engine_log import MOST_FAILOVERS, EngineLog
from appliance.clock import ManualClock
from appliance.frames import ErrorFrame, Frame, MetricsFrame, TTFBMetricsData
from appliance.pipeline import FrameDirection, FrameProcessor, FramePushed


async def shown(log: EngineLog, *frames: Frame) -> None:
    """Each frame passes two processors."""
    here = FrameProcessor()
    for frame in frames:
        for _ in range(2):
            await log.on_push_frame(FramePushed(here, here, frame, FrameDirection.DOWNSTREAM, 0))


async def test_it_counts_who_served_and_tells_who_failed() -> None:
    log = EngineLog(ManualClock(0))
    await shown(
        log,
        MetricsFrame([TTFBMetricsData("STT", value=0.1, engine="ear")]),
        MetricsFrame([TTFBMetricsData("STT", value=0.1, engine="ear")]),
        MetricsFrame([TTFBMetricsData("Dialogue", value=0.1)]),
        ErrorFrame("It is gone.", engine="tts", gave_up="piper"),
        ErrorFrame("Something else."),
        MetricsFrame([TTFBMetricsData("TTS", value=0.1, engine="spare")]),
    )
    assert log.facts() == {
        "engines": {"transcriber": {"ear": 2}, "synthesizer": {"spare": 1}},
        "failovers": [
            {"role": "synthesizer", "engine": "piper", "error": "It is gone.", "at": "1970-01-01T00:00:00.000Z"}
        ],
    }


async def test_a_call_without_engines_that_have_names_says_nothing_of_them() -> None:
    assert EngineLog().facts() == {}


async def test_a_call_that_fails_over_without_end_has_a_record_that_ends() -> None:
    log = EngineLog()
    await shown(log, *(ErrorFrame("gone", engine="stt", gave_up="ear") for _ in range(MOST_FAILOVERS + 1)))
    assert len(log.facts()["failovers"]) == MOST_FAILOVERS
