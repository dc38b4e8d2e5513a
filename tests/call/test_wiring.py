from pathlib import Path

import pytest

from appliance.audio.level import rms_of_level
from appliance.audio.silero import SileroDetector
from appliance.audio.vad import WebRtcDetector
from appliance.call.wiring import transport_of
from appliance.dialplan import Dialplan
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserver, RTVIObserverParams, RTVIProcessor
from appliance.speech.tts import TTSProcessor
from tests.call.lines import PLAN, House


def _plan(**more: object) -> Dialplan:
    steps = {"end": {"hang_up": "Goodbye."}}
    return Dialplan.model_validate({"name": "Plan", "numbers": ["+15555550100"], "steps": steps, **more})


def test_the_dialplan_chooses_detector_and_turn_taking() -> None:
    turn = {"silence_secs": 0.7, "expected_silence_secs": 0.3, "longest_utterance_secs": 9, "interrupt_words": 2}
    transport = transport_of(_plan(turn=turn, vad={"mode": 1, "start_secs": 0.1, "min_volume": 0.3}), marks=True)
    params = transport.input().turn.params
    assert (params.silence_secs, params.expected_silence_secs) == (0.7, 0.3)
    assert (params.longest_utterance_secs, params.interrupt_words) == (9, 2)
    assert (transport.input().vad.params.start_secs, transport.input().vad.params.min_volume) == (0.1, 0.3)


def test_the_dialplan_chooses_who_hears_voices() -> None:
    plans = [_plan(), _plan(vad={"detector": "silero", "mode": 2, "min_volume": 0.3})]
    usual, other = (transport_of(plan, marks=True).input().vad.detector for plan in plans)
    assert isinstance(usual, WebRtcDetector)
    assert isinstance(other, SileroDetector)
    assert other.mode == 2
    assert other.quiet_rms == pytest.approx(rms_of_level(0.3) * 16384)


async def test_a_calls_processors_stand_in_the_order_of_the_design(tmp_path: Path) -> None:
    task = House(tmp_path).call.task
    names = [processor.name for processor in task.processors]
    assert names[-7:] == ["Input", "STT", "UserContext", "Dialogue", "TTS", "Output", "AssistantContext"]


@pytest.mark.parametrize(("line", "voice"), [("", "nova"), ("voice: en-gb\n", "en-gb")])
async def test_a_dialplan_without_a_voice_is_spoken_with_the_engines_usual_one(
    tmp_path: Path, line: str, voice: str
) -> None:
    call = House(tmp_path, plan=line + PLAN, usual_voice="nova").call
    assert [one.voice for one in call.task.processors if isinstance(one, TTSProcessor)] == [voice]


async def test_the_dialplan_chooses_what_supervisors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[RTVIObserverParams | None] = []
    real = RTVIProcessor.create_rtvi_observer

    def create(self: RTVIProcessor, *, params: RTVIObserverParams | None = None) -> RTVIObserver:
        made.append(params)
        return real(self, params=params)

    monkeypatch.setattr(RTVIProcessor, "create_rtvi_observer", create)
    keys = 'rtvi: {bot_tts_enabled: no, user_audio_level_enabled: yes}\nfunction_call_report_level: {"*": full}\n'
    House(tmp_path, plan=keys + PLAN)
    levels = {"*": RTVIFunctionCallReportLevel.FULL}
    expected = RTVIObserverParams(
        bot_tts_enabled=False,
        user_audio_level_enabled=True,
        skip_aggregator_types=(),
        function_call_report_level=levels,
    )
    assert made == [expected]
