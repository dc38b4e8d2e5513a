"""What each message of a client does."""

from typing import Any

import pytest

from appliance.errors import ProtocolError
from appliance.frames import (
    EndFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    InterruptionFrame,
    LLMMessagesAppendFrame,
)
from appliance.rtvi import (
    RTVIClientMessageFrame,
    RTVIFunctionCallReportLevel,
    RTVIObserverParams,
    RTVIProcessor,
    RTVIUICancelJobGroupFrame,
    RTVIUIEventFrame,
    RTVIUISnapshotFrame,
)
from appliance.rtvi.audit import ONLY_LOOKS
from appliance.rtvi.client_messages import ClientMessage
from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.microphones import AUDIO_MESSAGES
from tests.rtvi.stage import FakeViewer, Stage

Level = RTVIFunctionCallReportLevel


def error(text: str, id_: str = "1") -> dict[str, Any]:
    return {"type": "error-response", "id": id_, "data": {"error": text}}


def passed(stage: Stage, *kinds: type[Frame]) -> list[Frame]:
    return [frame for frame in stage.mouth.passed if isinstance(frame, kinds)]


VALID: dict[str, Any] = {
    "client-ready": {"version": "2.1.0"},
    "disconnect-bot": None,
    "client-message": {"t": "ask"},
    "send-text": {"content": "hi"},
    "append-to-context": {"role": "system", "content": "be brief"},
    "dtmf": {"buttons": ["1"]},
    "llm-function-call-result": {"function_name": "f", "tool_call_id": "t", "arguments": {}, "result": "r"},
    "ui-event": {"event": "clicked"},
    "ui-snapshot": {"tree": {"root": {"ref": "e", "role": "page"}, "captured_at": 1}},
    "ui-cancel-job-group": {"job_id": "j"},
    "describe-config": None,
    "get-config": None,
    "update-config": {"config": []},
    "describe-actions": None,
    "action": {"service": "s", "action": "a"},
}


def test_every_message_is_tried() -> None:
    assert set(VALID) | set(AUDIO_MESSAGES) == set(INBOUND)


@pytest.mark.parametrize("kind", VALID.keys() - {"client-ready"})
async def test_what_a_role_does_not_permit_is_refused_and_does_nothing(kind: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher(permitted=["client-ready"])
        before = len(stage.mouth.passed)
        await stage.say(viewer, kind, VALID[kind])
        permission = "action s:a" if kind == "action" else kind
        assert viewer.got == [error(f"Not permitted: the role 'tester' lacks the permission '{permission}'.")]
        assert len(stage.mouth.passed) == before


async def test_even_client_ready_needs_its_permission() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher(permitted=[])
        await stage.push(InterruptionFrame())
        assert viewer.got == []


@pytest.mark.parametrize("kind", VALID.keys() - {"client-ready", "ui-snapshot"})
async def test_nothing_is_handled_before_client_ready(kind: str) -> None:
    async with Stage() as stage:
        viewer = FakeViewer()
        stage.rtvi.join(viewer)
        await stage.say(viewer, kind, VALID[kind])
        assert viewer.got == [error(f"A {kind} message before client-ready cannot be handled.")]


@pytest.mark.parametrize("kind", sorted(set(INBOUND) - ONLY_LOOKS - set(AUDIO_MESSAGES)))
async def test_nothing_is_done_in_a_call_that_has_ended(kind: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        stage.rtvi.ended()
        await stage.say(viewer, kind, VALID[kind])
        assert viewer.got == [error(f"The call has ended: this {kind} message was not handled.")]
        await stage.say(viewer, "get-config")
        assert viewer.types[1:] == ["config"]


async def test_a_snapshot_before_client_ready_is_kept() -> None:
    async with Stage() as stage:
        viewer = FakeViewer()
        stage.rtvi.join(viewer)
        await stage.say(viewer, "ui-snapshot", VALID["ui-snapshot"], id="9")
        assert (viewer.got, passed(stage, RTVIUISnapshotFrame)) == ([], [])
        await stage.say(viewer, "client-ready", VALID["client-ready"])
        assert [frame.msg_id for frame in passed(stage, RTVIUISnapshotFrame)] == ["9"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["no-such-thing", "bot-ready", ""])
async def test_an_unknown_type_is_said_to_be_unsupported(kind: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher(permitted=["client-ready"])
        await stage.say(viewer, kind)
        assert viewer.got == [error(f"Unsupported type {kind}")]


@pytest.mark.parametrize(
    ("kind", "data", "problem"),
    [
        ("send-text", None, "data: Field required"),
        ("send-text", {"content": 5}, "data.content: Input should be a valid string"),
        ("dtmf", {"buttons": []}, "data.buttons: List should have at least 1 item after validation, not 0"),
        ("client-message", [], "data: Input should be a valid dictionary or instance of RawClientMessageData"),
        ("action", {"service": "s"}, "data.action: Field required"),
    ],
)
async def test_wrong_data_is_answered_with_what_is_wrong(kind: str, data: Any, problem: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, kind, data)
        assert viewer.got == [error(f"Invalid {kind} message: {problem}.")]


async def test_disconnect_bot_ends_the_call_when_all_was_said() -> None:
    async with Stage() as stage:
        await stage.say(await stage.watcher(), "disconnect-bot")
        assert [frame.reason for frame in stage.ended if isinstance(frame, EndFrame)] == ["disconnect-bot"]


async def test_text_interrupts_and_is_appended_after_what_was_cut_off_is_committed() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, "send-text", {"content": "stop"})
        interruption, append = passed(stage, InterruptionFrame, LLMMessagesAppendFrame)
        assert isinstance(interruption, InterruptionFrame)
        assert isinstance(append, LLMMessagesAppendFrame)
        assert append.messages == [{"role": "user", "content": "stop"}]
        assert (append.run_llm, append.audio_response) == (True, True)
        assert stage.mouth.passed.index(interruption) < stage.flushed <= stage.mouth.passed.index(append)


async def test_text_that_is_not_to_run_neither_interrupts_nor_waits() -> None:
    async with Stage() as stage:
        options = {"run_immediately": False, "audio_response": False}
        await stage.say(await stage.watcher(), "send-text", {"content": "note", "options": options})
        (append,) = passed(stage, InterruptionFrame, LLMMessagesAppendFrame)
        assert isinstance(append, LLMMessagesAppendFrame)
        assert (append.run_llm, append.audio_response, stage.flushed) == (False, False, 0)


async def test_append_to_context_keeps_the_role() -> None:
    async with Stage() as stage:
        await stage.say(await stage.watcher(), "append-to-context", VALID["append-to-context"])
        (append,) = passed(stage, LLMMessagesAppendFrame, InterruptionFrame)
        assert isinstance(append, LLMMessagesAppendFrame)
        assert (append.messages, append.run_llm) == ([{"role": "system", "content": "be brief"}], False)


async def test_keys_are_pressed_one_after_another() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, "dtmf", {"buttons": ["1", "#"]})
        await stage.say(viewer, "dtmf", {"button": "*"})
        assert [f.button for f in passed(stage, InputDTMFFrame) if isinstance(f, InputDTMFFrame)] == ["1", "#", "*"]


async def test_the_first_result_of_a_function_call_counts_and_each_other_is_refused_in_its_own_words() -> None:
    async with Stage(RTVIObserverParams(function_call_report_level={"*": Level.FULL})) as stage:
        viewer, other = await stage.watcher(), await stage.watcher("other")
        data = VALID["llm-function-call-result"]
        await stage.say(viewer, "llm-function-call-result", data)
        assert viewer.got == [error("No function call 't' is open: the result was not used.")]
        await stage.push(FunctionCallInProgressFrame("f", "t", {"a": 1}, by_client=True))
        viewer.forget()
        await stage.say(viewer, "llm-function-call-result", data | {"function_name": "g"})
        await stage.say(viewer, "llm-function-call-result", data)
        await stage.say(other, "llm-function-call-result", data | {"result": "later"})
        assert [one for one in viewer.got if one["type"] == "error-response"] == [
            error("The function call 't' is not one of 'g': the result was not used.")
        ]
        assert other.got[-1] == error("The function call 't' has its result already: the result was not used.")
        (result,) = passed(stage, FunctionCallResultFrame)
        assert isinstance(result, FunctionCallResultFrame)
        assert (result.function_name, result.tool_call_id, result.result) == ("f", "t", "r")
        assert result.arguments == {"a": 1}


async def test_a_result_that_cannot_be_used_is_refused_and_the_call_stays_open() -> None:
    def read(name: str, result: Any) -> Any:
        if result != "yes":
            raise ProtocolError(f"The result of {name} must be yes.")
        return True

    async with Stage(RTVIObserverParams(function_call_report_level={"*": Level.FULL})) as stage:
        stage.rtvi.functions.read = read
        viewer = await stage.watcher()
        await stage.push(FunctionCallInProgressFrame("f", "t", {}, by_client=True))
        data = VALID["llm-function-call-result"]
        results: list[Any] = ["no", None, False, [], "yes"]
        for result in results:
            await stage.say(viewer, "llm-function-call-result", data | {"result": result})
        assert viewer.got[1:5] == [error("The result of f must be yes.")] * 4
        assert viewer.types[5:] == ["llm-function-call-stopped"]
        assert [frame.result for frame in passed(stage, FunctionCallResultFrame)] == [True]  # type: ignore[attr-defined]


async def test_a_clients_own_message_reaches_handlers_and_the_pipeline() -> None:
    async with Stage() as stage:
        heard: list[ClientMessage] = []

        @stage.rtvi.event_handler("on_client_message")
        async def on_client_message(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            heard.append(message)
            await rtvi.send_server_response(message, {"n": 1})

        asks, other = await stage.watcher("asks"), await stage.watcher("other")
        await stage.say(asks, "client-message", {"t": "ask", "d": 5}, id="7")
        assert asks.got == [{"type": "server-response", "id": "7", "data": {"t": "ask", "d": {"n": 1}}}]
        assert other.got == []
        assert [(m.msg_id, m.type, m.data) for m in heard] == [("7", "ask", 5)]
        (frame,) = passed(stage, RTVIClientMessageFrame)
        assert isinstance(frame, RTVIClientMessageFrame)
        assert (frame.msg_id, frame.type, frame.data, frame.viewer) == ("7", "ask", 5, asks)


async def test_ui_messages_reach_handlers_and_the_pipeline() -> None:
    async with Stage() as stage:
        heard: list[str] = []
        stage.rtvi.add_event_handler("on_ui_message", lambda rtvi, message: heard.append(message.type))
        viewer = await stage.watcher()
        for kind in ("ui-event", "ui-snapshot", "ui-cancel-job-group"):
            await stage.say(viewer, kind, VALID[kind])
        assert heard == ["ui-event", "ui-snapshot", "ui-cancel-job-group"]
        kinds = (RTVIUIEventFrame, RTVIUISnapshotFrame, RTVIUICancelJobGroupFrame)
        assert [type(frame) for frame in passed(stage, *kinds)] == list(kinds)


async def test_what_is_said_and_keyed_for_the_caller_bears_the_name_of_who_did_it() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher("anna")
        await stage.say(viewer, "send-text", {"content": "yes"})
        await stage.say(viewer, "dtmf", {"buttons": ["1"]})
        append, key = passed(stage, LLMMessagesAppendFrame, InputDTMFFrame)
        assert isinstance(append, LLMMessagesAppendFrame)
        assert isinstance(key, InputDTMFFrame)
        assert (append.by, key.by) == ("anna", "anna")


async def test_keys_silence_a_bot_that_says_something() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, "dtmf", {"buttons": ["1", "2"]})
        stage.inbox.replies.begin()
        await stage.say(viewer, "dtmf", {"buttons": ["3", "4"]})
        frames = passed(stage, InterruptionFrame, InputDTMFFrame)
        assert [getattr(frame, "button", "silence") for frame in frames] == ["1", "2", "silence", "3", "4"]


async def test_text_is_refused_while_the_bot_answers_nothing_but_may_be_noted() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher("bert")
        stage.rtvi.cannot_answer = lambda: "anna has taken the call over"
        await stage.say(viewer, "send-text", {"content": "yes"}, id="7")
        refused = {"error": "The bot answers nothing: anna has taken the call over."}
        assert viewer.got == [{"type": "error-response", "id": "7", "data": refused}]
        await stage.say(viewer, "send-text", {"content": "note", "options": {"run_immediately": False}})
        (append,) = passed(stage, InterruptionFrame, LLMMessagesAppendFrame)
        assert isinstance(append, LLMMessagesAppendFrame)
        assert append.messages == [{"role": "user", "content": "note"}]


@pytest.mark.parametrize("kind", ["raw-audio", "raw-audio-batch"])
async def test_a_viewers_microphone_reaches_nobody(kind: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        before = len(stage.mouth.passed)
        await stage.say(viewer, kind, {"base64Audio": "AAA=", "sampleRate": 16000, "numChannels": 1})
        assert (viewer.got, len(stage.mouth.passed), stage.rtvi.microphones.dropped) == ([], before, 1)
