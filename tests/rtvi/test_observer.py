"""The observer: each frame once, what its switches allow, and nothing for nobody."""

from dataclasses import fields
from itertools import product
from typing import Any

import pytest

from appliance.frames import (
    BotStartedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    StartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from appliance.rtvi import RTVIConfigureObserverFrame, RTVIFunctionCallReportLevel, RTVIObserverParams
from appliance.rtvi.translation import ROWS
from tests.rtvi.stage import Stage
from tests.rtvi.test_translation import TABLE

Level = RTVIFunctionCallReportLevel


async def test_a_frame_that_passes_many_processors_is_told_once() -> None:
    async with Stage() as stage:
        watcher = await stage.watcher()
        both_ways = UserStartedSpeakingFrame()
        await stage.push(both_ways, both_ways)
        assert watcher.types == ["user-started-speaking"]


async def test_a_frame_that_was_there_before_the_viewer_is_not_told_when_it_moves_on() -> None:
    async with Stage() as stage:
        early = LLMFullResponseEndFrame()
        await stage.push(early)
        watcher = await stage.watcher()
        await stage.push(early)
        assert watcher.types == []


async def test_a_frame_of_a_processors_own_kind_is_told_as_what_it_is_a_kind_of() -> None:
    class Heard(TranscriptionFrame):
        pass

    async with Stage() as stage:
        assert [m["type"] for m in await stage.told(Heard("yes"))] == ["user-transcription"]


SWITCHES = [field.name for field in fields(RTVIObserverParams) if field.name.endswith("_enabled")]
QUIET = {"system_logs_enabled"}  # It has no frame: test_system_log.py.


@pytest.mark.parametrize("switch", [name for name in SWITCHES if name not in QUIET])
async def test_a_switch_turns_its_messages_off_and_no_others(switch: str) -> None:
    others = {name: True for name in SWITCHES if name not in QUIET}
    frames = [frame for kind in ROWS if kind is not RTVIConfigureObserverFrame for frame in TABLE[kind][0]]
    async with Stage(RTVIObserverParams(**others)) as stage:  # type: ignore[arg-type]
        all_types = {m["type"] for m in await stage.told(*frames)}
    async with Stage(RTVIObserverParams(**(others | {switch: False}))) as stage:  # type: ignore[arg-type]
        fewer = {m["type"] for m in await stage.told(*frames)}
    assert all_types - fewer == OFF[switch]
    assert fewer <= all_types


OFF = {
    "bot_output_enabled": {"bot-output"},
    "bot_llm_enabled": {
        "bot-llm-started",
        "bot-llm-stopped",
        "bot-llm-text",
        "bot-transcription",
        "bot-llm-search-response",
    },
    "bot_tts_enabled": {"bot-tts-started", "bot-tts-stopped", "bot-tts-text"},
    "bot_speaking_enabled": {"bot-started-speaking", "bot-stopped-speaking", "bot-interrupted"},
    "bot_audio_level_enabled": {"bot-audio-level"},
    "user_llm_enabled": {"user-llm-text"},
    "user_speaking_enabled": {"user-started-speaking", "user-stopped-speaking"},
    "vad_user_speaking_enabled": {"vad-user-started-speaking", "vad-user-stopped-speaking"},
    "user_mute_enabled": {"user-mute-started", "user-mute-stopped"},
    "user_transcription_enabled": {"user-transcription"},
    "user_audio_level_enabled": {"user-audio-level"},
    "metrics_enabled": {"metrics"},
}


async def test_it_asks_for_what_the_table_names_and_for_no_audio_unless_levels_are_wanted() -> None:
    plain = Stage().observer.frame_types
    assert set(ROWS) - set(plain) == {InputAudioRawFrame, StartFrame}
    loud = Stage(RTVIObserverParams(user_audio_level_enabled=True)).observer.frame_types
    assert set(loud) - set(plain) == {InputAudioRawFrame}


async def test_it_is_active_only_while_a_viewer_that_is_ready_watches() -> None:
    async with Stage() as stage:
        assert not stage.observer.active
        viewer = await stage.watcher()
        assert stage.observer.active
        stage.rtvi.leave(viewer)
        assert not stage.observer.active


async def test_nothing_is_numbered_while_nobody_watches() -> None:
    async with Stage() as stage:
        await stage.push(*[frame for frames, _ in TABLE.values() for frame in frames])
        assert stage.rtvi.sequence.last == 0


async def test_what_an_ignored_source_pushes_is_not_told_even_when_others_pass_it_on() -> None:
    async with Stage() as stage:
        watcher = await stage.watcher()
        stage.observer.add_ignored_source(stage.mouth)
        await stage.mouth.push_frame(LLMTextFrame("secret"))
        await stage.settle()
        assert watcher.types == []
        stage.observer.remove_ignored_source(stage.mouth)
        await stage.mouth.push_frame(LLMTextFrame("public"))
        await stage.settle()
        assert watcher.got == [{"type": "bot-llm-text", "data": {"text": "public"}}]


async def test_configuring_an_observer_leaves_other_calls_parameters_alone() -> None:
    shared = RTVIObserverParams()
    async with Stage(shared) as stage:
        await stage.push(
            RTVIConfigureObserverFrame(function_call_report_level={"*": Level.FULL}, vad_user_speaking_enabled=True)
        )
        assert stage.observer.report_level("any") is Level.FULL
        assert stage.observer.params.vad_user_speaking_enabled
    assert (shared.function_call_report_level, shared.vad_user_speaking_enabled) == ({"*": Level.NONE}, False)


def life_of(name: str, id_: str, cancelled: bool, result: Any) -> list[Frame]:
    arguments = {"argument": "secret argument"}
    end = FunctionCallCancelFrame(name, id_) if cancelled else FunctionCallResultFrame(name, id_, arguments, result)
    return [
        FunctionCallsStartedFrame([FunctionCallFromLLM(name, id_, arguments)]),
        FunctionCallInProgressFrame(name, id_, arguments),
        end,
    ]


def told_at(level: Level, cancelled: bool, result: Any) -> list[dict[str, Any]]:
    """What the facts' table of levels says."""
    if level is Level.DISABLED:
        return []
    name = {"function_name": "weather"} if level >= Level.NAME else {}
    full = level is Level.FULL
    arguments = {"arguments": {"argument": "secret argument"}} if full else {}
    returned = {"result": result} if full and not cancelled else {}
    return [
        {"type": "llm-function-call-started", "data": name},
        {"type": "llm-function-call-in-progress", "data": {"tool_call_id": "t1"} | name | arguments},
        {
            "type": "llm-function-call-stopped",
            "data": {"tool_call_id": "t1", "cancelled": cancelled} | name | returned,
        },
    ]


@pytest.mark.parametrize(("level", "cancelled"), list(product(Level, [False, True])))
async def test_nobody_sees_more_of_a_function_call_than_the_lower_of_both_levels(level: Level, cancelled: bool) -> None:
    results: list[Any] = [{"answer": "secret result"}, None, 0, False, "", []]
    for result in results:
        async with Stage(RTVIObserverParams(function_call_report_level={"weather": level})) as stage:
            viewers = {
                (ceiling, version): await stage.watcher(f"{ceiling} {version}", version, ceiling=ceiling)
                for ceiling in Level
                for version in ("2.1.0", "1.4.0", None)
            }
            await stage.push(*life_of("weather", "t1", cancelled, result))
            for (ceiling, version), viewer in viewers.items():
                told = told_at(min(level, ceiling), cancelled, result)
                if version is None and min(level, ceiling) >= Level.NAME:
                    told.insert(1, {"type": "llm-function-call-start", "data": {"function_name": "weather"}})
                assert viewer.got == told


async def test_the_level_of_a_call_stays_what_it_was_when_it_began() -> None:
    async with Stage(RTVIObserverParams(function_call_report_level={"weather": Level.NAME})) as stage:
        watcher = await stage.watcher()
        begin, run, end = life_of("weather", "t1", False, "secret result")
        await stage.push(begin, RTVIConfigureObserverFrame(function_call_report_level={"*": Level.FULL}), run)
        await stage.push(RTVIConfigureObserverFrame(function_call_report_level={"*": Level.DISABLED}), end)
        assert watcher.got == told_at(Level.NAME, False, None)
        watcher.forget()
        await stage.push(*life_of("weather", "t2", False, "x"))
        assert watcher.got == []


async def test_a_call_that_began_unwatched_has_its_level_too() -> None:
    async with Stage(RTVIObserverParams(function_call_report_level={"weather": Level.NONE})) as stage:
        begin, run, end = life_of("weather", "t1", False, "secret result")
        await stage.push(begin, run, RTVIConfigureObserverFrame(function_call_report_level={"*": Level.FULL}))
        assert [m["data"] for m in await stage.told(end)] == [{"tool_call_id": "t1", "cancelled": False}]


async def test_a_call_that_has_ended_does_not_end_again() -> None:
    async with Stage(RTVIObserverParams(function_call_report_level={"weather": Level.FULL})) as stage:
        watcher = await stage.watcher()
        life = life_of("weather", "t1", False, "sun")
        await stage.push(*life, FunctionCallCancelFrame("weather", "t1"))
        assert watcher.got == told_at(Level.FULL, False, "sun")
        await stage.push(*life_of("weather", "t1", True, None))
        assert watcher.got[3:] == told_at(Level.FULL, True, None)


async def test_an_interruption_drops_half_a_sentence() -> None:
    async with Stage() as stage:
        told = await stage.told(LLMTextFrame("One and"), InterruptionFrame(), LLMTextFrame("Two."))
        assert [m["data"]["text"] for m in told if m["type"] == "bot-transcription"] == ["Two."]


async def test_the_bots_speaking_is_told_once_though_it_goes_both_ways() -> None:
    async with Stage() as stage:
        watcher = await stage.watcher()
        frame = BotStartedSpeakingFrame()
        await stage.ear.push_frame(frame, FrameDirection.UPSTREAM)
        await stage.ear.push_frame(frame)
        await stage.settle()
        assert watcher.types == ["bot-started-speaking"]
