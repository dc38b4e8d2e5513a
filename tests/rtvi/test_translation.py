"""The table: each frame and exactly the messages that come of it."""

import base64
from collections.abc import Sequence
from typing import Any

import pytest

import appliance.rtvi.models as RTVI  # noqa: N812
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    LLMSearchResponseFrame,
    LLMTextFrame,
    MetricsFrame,
    SearchOrigin,
    SearchResult,
    StartFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.rtvi import (
    RTVIClientMessageFrame,
    RTVIConfigureObserverFrame,
    RTVIFunctionCallReportLevel,
    RTVIObserverParams,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    RTVIUICommandFrame,
    RTVIUIJobGroupFrame,
)
from appliance.rtvi.translation import ROWS
from tests.rtvi.stage import Stage

EVERYTHING = RTVIObserverParams(
    vad_user_speaking_enabled=True,
    user_audio_level_enabled=True,
    bot_audio_level_enabled=True,
    function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL},
)
PCM = b"\xff\x7f\x01\x80" * 80
SEGMENT = AggregatedTextFrame("Hello.")
UNSPOKEN = AggregatedTextFrame("x = 1", "code", False)
WORD = TTSTextFrame("Hello.", segment_id=SEGMENT.id)
HEARD = AggregatedTextProgressFrame(SEGMENT, "Hello.", "")
CONTEXT = LLMContext([{"role": "user", "content": [{"type": "text", "text": "a"}, {"image": 1}, {"text": "b"}]}])
ANSWERED = LLMContext([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
CALL = ("weather", "t1", {"place": "Ulm"})
STARTED = FunctionCallsStartedFrame([FunctionCallFromLLM(*CALL), FunctionCallFromLLM("time", "t2", {})])
GROUP = RTVI.UIJobGroupCompletedData(job_id="j", at=1)
OUTPUT = {"text": "Hello.", "spoken": False, "aggregated_by": "sentence", "segment_id": SEGMENT.id}
ORIGIN = SearchOrigin("u", None, [SearchResult("sunny", [0.5])])


def message(kind: str, data: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more} if data is None else {"type": kind, "data": data, **more}


Case = tuple[Sequence[Frame], list[dict[str, Any]]]
BOT_STARTED = message("bot-started-speaking")

TABLE: dict[type[Frame], Case] = {
    StartFrame: ([StartFrame()], []),
    UserStartedSpeakingFrame: ([UserStartedSpeakingFrame()], [message("user-started-speaking")]),
    UserStoppedSpeakingFrame: ([UserStoppedSpeakingFrame()], [message("user-stopped-speaking")]),
    VADUserStartedSpeakingFrame: ([VADUserStartedSpeakingFrame()], [message("vad-user-started-speaking")]),
    VADUserStoppedSpeakingFrame: ([VADUserStoppedSpeakingFrame()], [message("vad-user-stopped-speaking")]),
    UserMuteStartedFrame: ([UserMuteStartedFrame()], [message("user-mute-started")]),
    UserMuteStoppedFrame: ([UserMuteStoppedFrame()], [message("user-mute-stopped")]),
    BotStartedSpeakingFrame: ([BotStartedSpeakingFrame()], [BOT_STARTED]),
    BotStoppedSpeakingFrame: ([BotStoppedSpeakingFrame()], [message("bot-stopped-speaking")]),
    InterruptionFrame: ([InterruptionFrame()], [message("bot-interrupted")]),
    TranscriptionFrame: (
        [TranscriptionFrame("yes", "u", "2026")],
        [message("user-transcription", {"text": "yes", "user_id": "u", "timestamp": "2026", "final": True})],
    ),
    InterimTranscriptionFrame: (
        [InterimTranscriptionFrame("ye", "u", "2026")],
        [message("user-transcription", {"text": "ye", "user_id": "u", "timestamp": "2026", "final": False})],
    ),
    LLMMessagesAppendFrame: (
        [
            LLMMessagesAppendFrame([{"role": "user", "content": "the program's"}]),
            LLMMessagesAppendFrame([{"role": "system", "content": "whispered"}], by="anna"),
            LLMMessagesAppendFrame([{"role": "user", "content": "yes"}], by="anna"),
        ],
        [message("server-message", {"type": "said-for-caller", "by": "anna", "text": "yes"})],
    ),
    LLMContextFrame: (
        [LLMContextFrame(CONTEXT), LLMContextFrame(ANSWERED), LLMContextFrame(LLMContext())],
        [message("user-llm-text", {"text": "a b"})],
    ),
    LLMFullResponseStartFrame: ([LLMFullResponseStartFrame()], [message("bot-llm-started")]),
    LLMFullResponseEndFrame: ([LLMFullResponseEndFrame()], [message("bot-llm-stopped")]),
    LLMTextFrame: (
        [LLMTextFrame("It is 3"), LLMTextFrame(".5. You"), LLMTextFrame(" see"), LLMFullResponseEndFrame()],
        [
            message("bot-llm-text", {"text": "It is 3"}),
            message("bot-llm-text", {"text": ".5. You"}),
            message("bot-transcription", {"text": "It is 3.5."}),
            message("bot-llm-text", {"text": " see"}),
            message("bot-transcription", {"text": " You see"}),
            message("bot-llm-stopped"),
        ],
    ),
    LLMSearchResponseFrame: (
        [LLMSearchResponseFrame("sun", None, [ORIGIN])],
        [
            message(
                "bot-llm-search-response",
                {
                    "search_result": "sun",
                    "origins": [{"site_uri": "u", "results": [{"text": "sunny", "confidence": [0.5]}]}],
                },
            )
        ],
    ),
    TTSStartedFrame: ([TTSStartedFrame()], [message("bot-tts-started")]),
    TTSStoppedFrame: ([TTSStoppedFrame()], [message("bot-tts-stopped")]),
    TTSTextFrame: ([BotStartedSpeakingFrame(), WORD], [BOT_STARTED, message("bot-tts-text", {"text": "Hello."})]),
    AggregatedTextFrame: (
        [UNSPOKEN, BotStartedSpeakingFrame(), SEGMENT],
        [
            message(
                "bot-output",
                {
                    "text": "x = 1",
                    "spoken": False,
                    "aggregated_by": "code",
                    "segment_id": UNSPOKEN.id,
                    "will_be_spoken": False,
                },
            ),
            BOT_STARTED,
            message(
                "bot-output",
                OUTPUT
                | {
                    "will_be_spoken": True,
                    "spoken_status": "new",
                    "spoken_progress": {"accumulated_text": "", "remaining_text": "Hello."},
                },
            ),
        ],
    ),
    AggregatedTextProgressFrame: (
        [BotStartedSpeakingFrame(), HEARD],
        [BOT_STARTED],  # Nothing is told of a segment that never was: test_bot_output.py has the whole life.
    ),
    AssistantMessageFrame: ([AssistantMessageFrame("Hello.")], []),
    MetricsFrame: (
        [MetricsFrame([TTFBMetricsData("tts", None, 0.25)]), MetricsFrame([])],
        [message("metrics", {"ttfb": [{"processor": "tts", "value": 0.25}]}), message("metrics", {})],
    ),
    ErrorFrame: (
        [ErrorFrame("no voice"), ErrorFrame("gone", engine="stt", gave_up="ear")],
        [
            message("error", {"error": "no voice", "message": "no voice", "fatal": False}),
            message("error", {"error": "gone", "message": "gone", "fatal": False, "gave_up": "ear"}),
        ],
    ),
    FunctionCallsStartedFrame: (
        [STARTED],
        [
            message("llm-function-call-started", {"function_name": "weather"}),
            message("llm-function-call-started", {"function_name": "time"}),
        ],
    ),
    FunctionCallInProgressFrame: (
        [FunctionCallInProgressFrame(*CALL)],
        [
            message(
                "llm-function-call-in-progress",
                {"tool_call_id": "t1", "function_name": "weather", "arguments": {"place": "Ulm"}},
            )
        ],
    ),
    FunctionCallResultFrame: (
        [FunctionCallResultFrame(*CALL, result=None)],
        [
            message(
                "llm-function-call-stopped",
                {"tool_call_id": "t1", "function_name": "weather", "cancelled": False, "result": None},
            )
        ],
    ),
    FunctionCallCancelFrame: (
        [FunctionCallCancelFrame("weather", "t1")],
        [message("llm-function-call-stopped", {"tool_call_id": "t1", "function_name": "weather", "cancelled": True})],
    ),
    RTVIServerMessageFrame: ([RTVIServerMessageFrame({"a": 1})], [message("server-message", {"a": 1})]),
    RTVIServerResponseFrame: (
        [
            RTVIServerResponseFrame(RTVIClientMessageFrame("7", "ask"), {"a": 1}),
            RTVIServerResponseFrame(RTVIClientMessageFrame("8", "ask"), error="no"),
        ],
        [
            message("server-response", {"t": "ask", "d": {"a": 1}}, id="7"),
            message("error-response", {"error": "no"}, id="8"),
        ],
    ),
    RTVIConfigureObserverFrame: (
        [RTVIConfigureObserverFrame(vad_user_speaking_enabled=False), VADUserStartedSpeakingFrame()],
        [],
    ),
    RTVIUICommandFrame: ([RTVIUICommandFrame("toast")], [message("ui-command", {"command": "toast"})]),
    RTVIUIJobGroupFrame: (
        [RTVIUIJobGroupFrame(GROUP)],
        [message("ui-job-group", {"kind": "group_completed", "job_id": "j", "at": 1.0})],
    ),
    InputAudioRawFrame: ([InputAudioRawFrame(PCM)], [message("user-audio-level", {"value": 1.0})]),
    TTSAudioRawFrame: ([TTSAudioRawFrame(PCM)], [message("bot-audio-level", {"value": 1.0})]),
}


def test_every_row_is_tried() -> None:
    assert set(TABLE) == set(ROWS)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
async def test_a_frame_is_translated_exactly_so(kind: type[Frame]) -> None:
    frames, expected = TABLE[kind]
    async with Stage(EVERYTHING) as stage:
        assert await stage.told(*frames) == expected


MODELS = {
    model.model_fields["type"].default: model
    for model in vars(RTVI).values()
    if isinstance(model, type) and issubclass(model, RTVI.FromServer) and model is not RTVI.FromServer
}


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_what_is_told_fits_its_model(kind: type[Frame]) -> None:
    for expected in TABLE[kind][1]:
        told = {"label": "rtvi-ai", **expected}
        assert MODELS[expected["type"]].model_validate(told).content() == told


async def test_audio_of_the_bot_is_sent_to_who_asked_for_it_and_nobody_else() -> None:
    async with Stage() as stage:
        asks, does_not = await stage.watcher("asks"), await stage.watcher("does not")
        await stage.say(asks, "client-message", {"t": "bot-tts-audio", "d": {"on": True}})
        assert asks.got == [message("server-response", {"t": "bot-tts-audio", "d": {"on": True}}, id="1")]
        asks.forget()
        await stage.push(TTSAudioRawFrame(PCM, 8000, 1))
        audio = base64.b64encode(PCM).decode()
        assert asks.got == [message("bot-tts-audio", {"audio": audio, "sample_rate": 8000, "num_channels": 1})]
        await stage.say(asks, "client-message", {"t": "bot-tts-audio", "d": {"on": False}})
        asks.forget()
        await stage.push(TTSAudioRawFrame(PCM, 8000, 1))
        assert asks.got == does_not.got == []


async def test_an_answer_goes_to_who_asked_and_to_nobody_when_that_one_is_gone() -> None:
    async with Stage() as stage:
        asks, other = await stage.watcher("asks"), await stage.watcher("other")
        request = RTVIClientMessageFrame("7", "ask", None, asks)
        await stage.push(RTVIServerResponseFrame(request, 5))
        assert (asks.got, other.got) == ([message("server-response", {"t": "ask", "d": 5}, id="7")], [])
        asks.forget()
        stage.rtvi.leave(asks)
        await stage.push(RTVIServerResponseFrame(request, 5))
        assert asks.got == other.got == []


async def test_keys_are_told_as_the_callers_unless_a_supervisor_has_pressed_them() -> None:
    context = LLMContext([{"role": "user", "content": "42"}])
    async with Stage() as stage:
        own = await stage.told(LLMContextFrame(context, keys="42"))
        stood_in = await stage.told(LLMContextFrame(context, keys="42", by="anna"))
        assert own == [message("user-llm-text", {"text": "42"})]
        told = {"type": "said-for-caller", "by": "anna", "text": "42", "keys": True}
        assert stood_in == [message("server-message", told), *own]
        assert [item.get("by") for item in stage.rtvi.snapshot()["conversation"]] == [None, "anna"]
