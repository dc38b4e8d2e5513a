"""The processor: handshakes, many viewers, hostile ones, and handlers."""

import asyncio
import json
from typing import Any

import pytest

from appliance.frames import (
    FunctionCallInProgressFrame,
    InterruptionFrame,
    StartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
)
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.rtvi.client_messages import ClientMessage
from appliance.rtvi.envelope import Message
from appliance.rtvi.handshake import about_server
from appliance.rtvi.processor import MOST_WAITING
from appliance.rtvi.reading import LONGEST_MESSAGE
from appliance.rtvi.server_messages import ServerMessage
from tests.rtvi.stage import FakeViewer, Stage

ABOUT = about_server()


def bot_ready(id_: str = "1", version: str = "2.1.0", about: Any = ABOUT) -> dict[str, Any]:
    return {"type": "bot-ready", "id": id_, "data": {"version": version, "about": about}}


def error_response(text: str, id_: str = "1") -> dict[str, Any]:
    return {"type": "error-response", "id": id_, "data": {"error": text}}


def error(text: str) -> dict[str, Any]:
    return {"type": "error", "data": {"error": text, "message": text, "fatal": False}}


async def joined(stage: Stage, name: str = "vera", **facts: Any) -> FakeViewer:
    viewer = FakeViewer(name, **facts)
    stage.rtvi.join(viewer)
    return viewer


async def test_each_viewer_gets_its_own_bot_ready_and_nothing_before() -> None:
    async with Stage() as stage:
        early, late = await joined(stage, "early"), await joined(stage, "late")
        await stage.push(InterruptionFrame())
        await stage.say(early, "client-ready", {"version": "2.0.0"}, id="a")
        await stage.push(UserStartedSpeakingFrame())
        await stage.say(late, "client-ready", {"version": "1.4.0"}, id="b")
        assert early.got == [bot_ready("a"), {"type": "user-started-speaking"}]
        assert late.got == [bot_ready("b", "1.4.0")]


async def test_a_version_that_does_not_fit_is_told_and_served_all_the_same() -> None:
    text = "RTVI version 3.0.0 is not compatible with server protocol 2.1.0. Compatibility issues may occur."
    async with Stage() as stage:
        viewer = await joined(stage)
        await stage.say(viewer, "client-ready", {"version": "3.0.0"})
        assert viewer.got == [error_response(text), bot_ready()]


async def test_a_client_that_says_nothing_of_itself_is_served() -> None:
    async with Stage() as stage:
        viewer = await joined(stage)
        await stage.say(viewer, "client-ready")
        assert viewer.got == [error_response("Client version unknown. Compatibility issues may occur."), bot_ready()]


async def test_all_viewers_see_the_same_event_under_the_same_number() -> None:
    async with Stage() as stage:
        one, two = await stage.watcher("one"), await stage.watcher("two")
        await stage.push(UserStartedSpeakingFrame(), InterruptionFrame())
        assert one.outgoing == two.outgoing
        assert one.outgoing[0] is two.outgoing[0]
        assert [each.seq for each in one.outgoing] == [3, 4]
        assert json.loads(one.outgoing[0].encode()) == {"label": "rtvi-ai", "type": "user-started-speaking", "seq": 3}


async def test_a_second_client_ready_is_answered_and_the_event_fires_once_for_each_viewer() -> None:
    async with Stage() as stage:
        fired: list[Any] = []

        @stage.rtvi.event_handler("on_client_ready")
        async def on_client_ready(rtvi: RTVIProcessor) -> None:
            fired.append(rtvi.client_version)
            await rtvi.set_bot_ready({"library": "mine"})

        one, two = await joined(stage, "one"), await joined(stage, "two")
        await stage.say(one, "client-ready", {"version": "2.0.0"}, id="a")
        await stage.say(one, "client-ready", {"version": "1.0.0"}, id="b")
        await stage.say(two, "client-ready", {"version": "2.1.0"}, id="c")
        mine = {"library": "mine"}
        assert one.got == [bot_ready("a", about=mine), bot_ready("b", "1.0.0", mine)]
        assert two.got == [bot_ready("c", about=mine)]
        assert fired == [(2, 0, 0), (2, 1, 0)]


async def test_until_the_handler_says_so_the_bot_is_not_ready() -> None:
    async with Stage() as stage:
        stage.rtvi.add_event_handler("on_client_ready", lambda rtvi: None)
        viewer = await stage.watcher()
        await stage.push(UserStartedSpeakingFrame())
        assert viewer.got == []
        await stage.rtvi.set_bot_ready()
        await stage.push(InterruptionFrame())
        assert viewer.got == [bot_ready(), {"type": "bot-interrupted"}]


async def test_the_program_can_take_viewers_for_ready_itself() -> None:
    async with Stage() as stage:
        viewer = await joined(stage)
        await stage.rtvi.set_client_ready()
        assert [message["type"] for message in viewer.got] == ["error-response", "bot-ready"]
        assert "id" not in viewer.got[1]


async def test_inside_a_handler_sending_means_its_viewer_and_outside_all() -> None:
    async with Stage() as stage:

        @stage.rtvi.event_handler("on_client_message")
        async def on_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            await rtvi.send_server_message("for you")
            await rtvi.send_error("yours")
            await rtvi.send_error_response(message, "no")
            await rtvi.push_transport_message(ServerMessage(data=1))

        asks, other = await stage.watcher("asks"), await stage.watcher("other")
        await stage.say(asks, "client-message", {"t": "x"})
        assert asks.types == ["server-message", "error", "error-response", "server-message"]
        assert other.got == []
        asks.forget()
        await stage.rtvi.send_server_message("for all")
        await stage.rtvi.send_error("everybody's", fatal=True)
        assert (
            asks.got
            == other.got
            == [
                {"type": "server-message", "data": "for all"},
                {"type": "error", "data": {"error": "everybody's", "message": "everybody's", "fatal": True}},
            ]
        )


async def test_outside_a_handler_the_lowest_version_counts() -> None:
    async with Stage() as stage:
        assert stage.rtvi.client_version == (0, 3, 0)
        await stage.watcher("new", "2.1.0")
        await stage.watcher("old", "1.2.0")
        assert stage.rtvi.client_version == (1, 2, 0)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", error("The message is not JSON.")),
        ("{", error("The message is not JSON.")),
        (b"\xff\xfe\x00", error("The message is not JSON.")),
        ("[" * 100_000, error("The message is not JSON.")),
        ("[]", error("The message is not a JSON object.")),
        ("null", error("The message is not a JSON object.")),
        ('{"label": "rtvi-ai", "type": "send-text"}', error("The message has no 'id' that is a string.")),
        ('{"label": "rtvi-ai", "type": "send-text", "id": 5}', error("The message has no 'id' that is a string.")),
        ('{"label": "rtvi-ai", "id": "1"}', error("The message has no 'type' that is a string.")),
        ("x" * (2 * LONGEST_MESSAGE), error("The message is too long: 524288, and at most 262144 are read.")),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_cannot_be_read_is_answered_with_an_error(text: str, answer: dict[str, Any]) -> None:
    async with Stage() as stage:
        viewer, other = await stage.watcher(), await stage.watcher("other")
        stage.rtvi.receive(viewer, text)
        await stage.settle()
        assert (viewer.got, other.got) == ([answer], [])


@pytest.mark.parametrize("text", ["{}", '{"label": "other", "type": "x", "id": "1"}', '{"label": 5}'])
async def test_what_is_none_of_rtvis_is_ignored_and_counted(text: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        stage.rtvi.receive(viewer, text)
        await stage.settle()
        assert (viewer.got, stage.rtvi.ignored) == ([], 1)


async def test_a_flood_of_one_viewer_is_answered_and_leaves_the_others_served() -> None:
    async with Stage() as stage:
        flood, other = await stage.watcher("flood"), await stage.watcher("other")
        text = json.dumps({"label": "rtvi-ai", "type": "get-config", "id": "1"})
        for _ in range(10_000):
            stage.rtvi.receive(flood, text)
        stage.rtvi.receive(other, text)
        assert len(stage.rtvi.jobs) == MOST_WAITING + 1
        await stage.settle()
        refused = error_response("Too many messages at once: this one was not handled.")
        assert flood.got.count(refused) == 10_000 - MOST_WAITING
        assert flood.types.count("config") == MOST_WAITING
        assert other.types == ["config"]


async def test_a_viewer_that_left_is_neither_heard_nor_told() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        stage.rtvi.receive(viewer, json.dumps({"label": "rtvi-ai", "type": "disconnect-bot", "id": "1"}))
        stage.rtvi.leave(viewer)
        stage.rtvi.receive(viewer, "{")
        await stage.push(InterruptionFrame())
        assert (viewer.got, stage.ended[-1:]) == ([], stage.mouth.passed[-1:])


async def test_a_handler_that_fails_is_told_to_its_viewer_and_the_call_goes_on() -> None:
    async with Stage() as stage:

        @stage.rtvi.event_handler("on_client_message")
        def on_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            raise KeyError("secret")

        asks, other = await stage.watcher("asks"), await stage.watcher("other")
        await stage.say(asks, "client-message", {"t": "x"})
        assert asks.got == [error_response("on_client_message failed: KeyError")]
        await stage.push(UserStartedSpeakingFrame())
        assert other.types == ["user-started-speaking"]


async def test_a_handler_that_hangs_is_given_up() -> None:
    async with Stage(handler_secs=0.01) as stage:

        @stage.rtvi.event_handler("on_client_message")
        async def on_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            await asyncio.Event().wait()

        viewer = await stage.watcher()
        await stage.say(viewer, "client-message", {"t": "x"})
        assert viewer.got == [error_response("on_client_message failed: it took too long")]


async def test_a_message_can_be_handled_for_the_program_itself() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher(permitted=["client-ready"])
        await stage.rtvi.handle_message(Message(type="get-config", id="7"))
        await stage.rtvi.handle_message(Message(type="client-ready", id="8"))
        assert viewer.got == [{"type": "config", "id": "7", "data": {"config": []}}]


async def test_on_bot_started_fires_when_the_call_begins() -> None:
    stage = Stage()
    fired: list[RTVIProcessor] = []
    stage.rtvi.add_event_handler("on_bot_started", fired.append)
    async with stage:
        await stage.settle()
        assert fired == [stage.rtvi]
        assert isinstance(stage.mouth.passed[0], StartFrame)


async def test_a_viewer_may_come_before_the_call_begins() -> None:
    stage = Stage()
    viewer = await joined(stage)
    stage.rtvi.receive(viewer, json.dumps({"label": "rtvi-ai", "type": "client-ready", "id": "1"}))
    async with stage:
        await stage.settle()
        assert viewer.types == ["error-response", "bot-ready"]


async def test_a_late_viewer_can_be_given_the_whole_picture() -> None:
    full = RTVIObserverParams(function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL})
    async with Stage(full) as stage:
        await stage.push(TranscriptionFrame("yes", "u", "2026"))
        await stage.push(FunctionCallInProgressFrame("weather", "t1", {"place": "Ulm"}))
        whole = stage.rtvi.snapshot()
        assert whole == {
            "conversation": [{"role": "user", "text": "yes", "timestamp": "2026"}],
            "functions": [{"tool_call_id": "t1", "function_name": "weather", "arguments": {"place": "Ulm"}}],
        }
        modest = FakeViewer(ceiling=RTVIFunctionCallReportLevel.NAME)
        assert stage.rtvi.snapshot(modest)["functions"] == [{"tool_call_id": "t1", "function_name": "weather"}]


async def test_nobody_watching_needs_no_task() -> None:
    async with Stage() as stage:
        await stage.push(UserStartedSpeakingFrame(), TranscriptionFrame("yes"))
        assert [task.get_name() for task in asyncio.all_tasks() if "RTVI" in task.get_name()] == []
