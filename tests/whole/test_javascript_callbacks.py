"""Every callback and every request of the official JavaScript clients, against a call whose frames the test plays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.frames import (
    AggregatedTextProgressFrame,
    EndFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    LLMMessagesAppendFrame,
)
from appliance.rtvi import (
    RTVIAction,
    RTVIActionArgument,
    RTVIClientMessageFrame,
    RTVIProcessor,
    RTVIService,
    RTVIServiceOption,
    RTVIServiceOptionConfig,
    RTVIUICancelJobGroupFrame,
    RTVIUIEventFrame,
)
from appliance.rtvi.client_messages import ClientMessage
from appliance.settings import SupervisionSettings
from appliance.supervision.calls import CallView
from tests.rtvi.stage import Message, Stage
from tests.rtvi.test_translation import EVERYTHING, SEGMENT, STARTED, TABLE
from tests.supervision.desk import WALL, open_desk
from tests.whole.javascript import (
    NEWEST,
    OLDEST,
    PROTOCOL_1_0,
    PROTOCOL_1_2,
    ClientError,
    JavaScriptClient,
    javascript_client,
)

pytestmark = pytest.mark.needs("node", "tests/js/node_modules/client-js-0")

CALLBACKS = {
    "user-started-speaking": "onUserStartedSpeaking",
    "user-stopped-speaking": "onUserStoppedSpeaking",
    "user-mute-started": "onUserMuteStarted",
    "user-mute-stopped": "onUserMuteStopped",
    "user-transcription": "onUserTranscript",
    "user-llm-text": "onUserLlmText",
    "bot-started-speaking": "onBotStartedSpeaking",
    "bot-stopped-speaking": "onBotStoppedSpeaking",
    "bot-transcription": "onBotTranscript",
    "bot-llm-started": "onBotLlmStarted",
    "bot-llm-text": "onBotLlmText",
    "bot-llm-stopped": "onBotLlmStopped",
    "bot-llm-search-response": "onBotLlmSearchResponse",
    "bot-tts-started": "onBotTtsStarted",
    "bot-tts-text": "onBotTtsText",
    "bot-tts-stopped": "onBotTtsStopped",
    "bot-output": "onBotOutput",
    "metrics": "onMetrics",
    "server-message": "onServerMessage",
    "error": "onError",
    "llm-function-call-started": "onLLMFunctionCallStarted",
    "llm-function-call-in-progress": "onLLMFunctionCallInProgress",
    "llm-function-call-stopped": "onLLMFunctionCallStopped",
    "ui-command": "onUICommand",
    "ui-job-group": "onUIJobGroup",
}
"""What the newest client calls for each type of message."""


@asynccontextmanager
async def watched(stage: Stage, directory: Path, library: str = NEWEST) -> AsyncIterator[JavaScriptClient]:
    """A client that watches the stage's call as a supervisor, and is ready."""
    async with open_desk(directory, SupervisionSettings(linger_secs=0)) as desk:
        view = CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, stage.rtvi)
        desk.hub.call_started(view)
        async with javascript_client(f"ws://127.0.0.1:{desk.port}/rtvi/CA1?token={desk.token}", library) as client:
            await client.do("connect")
            await client.until("onServerMessage" if library != OLDEST else "onBotReady")
            yield client
        desk.hub.call_ended("CA1")


def called(messages: list[Message]) -> list[tuple[str, Any]]:
    """What callbacks these messages must lead to."""
    known = [message for message in messages if message["type"] in CALLBACKS]
    return [(CALLBACKS[message["type"]], message.get("data")) for message in known]


def data_of(line: dict[str, Any]) -> Any:
    """What a callback was given; errors come as whole messages."""
    return line["data"]["data"] if line["event"] == "onError" else line.get("data")


async def test_each_callback_is_called_with_the_data_of_its_message(tmp_path: Path) -> None:
    async with Stage(EVERYTHING) as stage, watched(stage, tmp_path) as client:
        python = await stage.watcher()
        client.lines.clear()
        for frames, _ in TABLE.values():
            await stage.push(*frames)
        await stage.push(AggregatedTextProgressFrame(SEGMENT, "Hello.", ""))
        await stage.rtvi.send_server_message({"type": "the end"})
        await client.until("onServerMessage", type="the end")
        expected = called(python.got)
        got = [(line["event"], data_of(line)) for line in client.lines if line.get("event") in CALLBACKS.values()]
        assert got == expected
        assert {name for name, _ in expected} == set(CALLBACKS.values())


async def passed(stage: Stage, kind: type[Any], number: int = 1) -> list[Any]:
    """The first frames of that type that came through the pipeline, as soon as there are so many."""
    found: list[Any] = []
    async with asyncio.timeout(10):
        while len(found) < number:
            await asyncio.sleep(0)
            found = [frame for frame in stage.mouth.passed if isinstance(frame, kind)]
    return found


@pytest.mark.parametrize("library", [NEWEST, PROTOCOL_1_2, PROTOCOL_1_0])
async def test_a_request_is_answered_and_a_refused_one_rejected(tmp_path: Path, library: str) -> None:
    async with Stage() as stage, watched(stage, tmp_path, library) as client:

        @stage.rtvi.event_handler("on_client_message")
        async def answer(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            if message.type == "double":
                await rtvi.send_server_response(message, {"twice": 2 * message.data["number"]})
            else:
                await rtvi.send_error_response(message, "I only double.")

        assert await client.do("sendClientRequest", "double", {"number": 21}) == {"twice": 42}
        with pytest.raises(ClientError, match=r"^I only double\.$"):
            await client.do("sendClientRequest", "halve", {"number": 21})
        await client.do("sendClientMessage", "double", {"number": 1})
        frames = await passed(stage, RTVIClientMessageFrame, 3)
        assert [frame.type for frame in frames] == ["double", "halve", "double"]


@pytest.mark.parametrize("library", [NEWEST, PROTOCOL_1_2, PROTOCOL_1_0])
async def test_text_is_appended_to_the_conversation(tmp_path: Path, library: str) -> None:
    async with Stage() as stage, watched(stage, tmp_path, library) as client:
        await client.do("sendText", "hello", {"run_immediately": False})
        (frame,) = await passed(stage, LLMMessagesAppendFrame)
        assert (frame.messages, frame.run_llm) == ([{"role": "user", "content": "hello"}], False)
        await client.do("sendText", "quietly", {"audio_response": False})
        frame = (await passed(stage, LLMMessagesAppendFrame, 2))[1]
        assert (frame.messages[0]["content"], frame.run_llm, frame.audio_response) == ("quietly", True, False)


async def test_keys_and_ui_messages_go_through_the_pipeline(tmp_path: Path) -> None:
    async with Stage() as stage, watched(stage, tmp_path) as client:
        await client.do("sendDTMF", "1#")
        assert [frame.button for frame in await passed(stage, InputDTMFFrame, 2)] == ["1", "#"]
        await client.do("sendUIEvent", "clicked", {"what": "save"})
        (event,) = await passed(stage, RTVIUIEventFrame)
        assert (event.event, event.payload) == ("clicked", {"what": "save"})
        await client.do("cancelUIJobGroup", "job-1", "enough")
        (cancelled,) = await passed(stage, RTVIUICancelJobGroupFrame)
        assert (cancelled.job_id, cancelled.reason) == ("job-1", "enough")


@pytest.mark.parametrize("library", [NEWEST, PROTOCOL_1_2, PROTOCOL_1_0])
async def test_the_bot_can_be_sent_away(tmp_path: Path, library: str) -> None:
    async with Stage() as stage, watched(stage, tmp_path, library) as client:
        await client.do("disconnectBot")
        assert await passed(stage, EndFrame)


@pytest.mark.parametrize(
    ("library", "told"),
    [
        (NEWEST, "llm-function-call-in-progress"),
        (PROTOCOL_1_2, "llm-function-call-in-progress"),
        (PROTOCOL_1_0, "llm-function-call"),
    ],
)
async def test_a_function_is_run_once_by_a_client_of_any_generation(tmp_path: Path, library: str, told: str) -> None:
    async with Stage(EVERYTHING) as stage, watched(stage, tmp_path, library) as client:
        await client.do("handle", "weather", {"sky": "blue"})
        await stage.push(STARTED, FunctionCallInProgressFrame("weather", "t1", {"place": "Ulm"}, by_client=True))
        (result,) = await passed(stage, FunctionCallResultFrame)
        assert (result.tool_call_id, result.arguments, result.result) == ("t1", {"place": "Ulm"}, {"sky": "blue"})
        await client.do("sendText", "was that all?")
        await passed(stage, LLMMessagesAppendFrame)
        assert sum("called" in line for line in client.lines) == 1
        asked = ("llm-function-call-in-progress", "llm-function-call")
        assert [kind for kind in asked if client.wire(kind)] == [told]


async def test_the_oldest_client_finds_services_and_actions_and_uses_them(tmp_path: Path) -> None:
    async with Stage() as stage:
        volume: list[Any] = []

        async def set_volume(rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None:
            volume.append(option.value)

        async def shout(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> str:
            return str(arguments["text"]).upper()

        stage.rtvi.register_service(RTVIService("tts", [RTVIServiceOption("volume", "number", set_volume)]))
        stage.rtvi.register_action(RTVIAction("tts", "shout", "string", shout, [RTVIActionArgument("text", "string")]))
        async with watched(stage, tmp_path, OLDEST) as client:
            assert client.data("onBotReady")[0]["actions"][0]["action"] == "shout"
            described = await client.do("describeConfig")
            assert described["data"]["config"] == [{"name": "tts", "options": [{"name": "volume", "type": "number"}]}]
            wanted = [{"service": "tts", "options": [{"name": "volume", "value": 3}]}]
            await client.do("updateConfig", wanted)
            assert volume == [3]
            assert await client.do("getConfig") == wanted
            actions = await client.do("describeActions")
            assert actions["data"]["actions"][0]["arguments"] == [{"name": "text", "type": "string"}]
            run = {"service": "tts", "action": "shout", "arguments": [{"name": "text", "value": "hello"}]}
            assert (await client.do("action", run))["data"] == {"result": "HELLO"}
            assert client.data("onConfig")[-1] == wanted
