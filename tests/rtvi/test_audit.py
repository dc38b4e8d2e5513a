"""What viewers do in a call is told to its record and to its other viewers."""

import asyncio
import json
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.frames import FunctionCallInProgressFrame
from appliance.redaction import Redactor
from appliance.rtvi import (
    RTVIAction,
    RTVIConfigureObserverFrame,
    RTVIProcessor,
    RTVIService,
    RTVIServiceOption,
    RTVIServiceOptionConfig,
)
from appliance.rtvi import RTVIFunctionCallReportLevel as Level
from appliance.rtvi.audit import ONLY_LOOKS, Deed
from appliance.rtvi.envelope import Message
from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.microphones import AUDIO_MESSAGES
from tests.rtvi.stage import FakeViewer, Stage
from tests.rtvi.test_inbound import VALID

AT = 1_800_000_000.0
ISO = "2027-01-15T08:00:00.000Z"


class Acting(Stage):
    """A stage whose record is kept."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.rtvi.clock = ManualClock(AT)
        self.deeds: list[Deed] = []
        self.rtvi.audit = self.deeds.append


def deed(what: str, outcome: str = "done", who: str = "vera") -> Deed:
    return Deed(AT, who, "tester", what, outcome)


def told(viewer: FakeViewer) -> list[Any]:
    return [json.loads(each.encode())["data"] for each in viewer.deeds]


@pytest.mark.parametrize("kind", sorted(INBOUND.keys() - AUDIO_MESSAGES.keys() - ONLY_LOOKS))
async def test_whatever_a_viewer_does_is_a_deed_even_if_it_is_refused(kind: str) -> None:
    async with Acting() as stage:
        viewer = await stage.watcher(permitted=["client-ready"])
        await stage.say(viewer, kind, VALID[kind])
        (found,) = stage.deeds
        permission = "action s:a" if kind == "action" else kind
        assert found == deed(permission, f"Not permitted: the role 'tester' lacks the permission '{permission}'.")


@pytest.mark.parametrize("kind", sorted(ONLY_LOOKS))
async def test_to_look_is_no_deed(kind: str) -> None:
    async with Acting() as stage:
        viewer, other = await stage.watcher(), await stage.watcher("other")
        await stage.say(viewer, kind, VALID[kind])
        assert (stage.deeds, other.deeds) == ([], [])


async def test_the_record_holds_what_was_done_and_nothing_of_what_was_said() -> None:
    async with Acting() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, "send-text", {"content": "secret"})
        await stage.say(viewer, "dtmf", {"buttons": ["4", "7"]})
        await stage.say(viewer, "client-message", {"t": "secret", "d": "secret"})
        assert stage.deeds == [deed("send-text"), deed("dtmf"), deed("client-message")]


async def test_each_other_viewer_is_told_at_once_and_the_one_who_acted_is_not() -> None:
    async with Acting() as stage:
        viewer, other, old = [await stage.watcher(name, version) for name, version in WATCHERS]
        await stage.say(viewer, "dtmf", {"buttons": ["1"]})
        expected = [
            {
                "type": "supervisor-acted",
                "who": "vera",
                "role": "tester",
                "what": "dtmf",
                "outcome": "done",
                "at": ISO,
            }
        ]
        assert (told(viewer), told(other), told(old)) == ([], expected, expected)
        assert other.deeds[0].message["type"] == "server-message"


WATCHERS = (("vera", "2.1.0"), ("other", "2.1.0"), ("old", "1.0.0"))


async def test_only_what_was_refused_may_be_dropped_when_a_viewer_is_too_slow() -> None:
    async with Acting() as stage:
        viewer, other = await stage.watcher(permitted=["client-ready", "dtmf"]), await stage.watcher("other")
        await stage.say(viewer, "dtmf", {"buttons": ["1"]})
        await stage.say(viewer, "disconnect-bot")
        is_done = [data["outcome"] == "done" for data in told(other)]
        assert (is_done, [each.droppable for each in other.deeds]) == ([True, False], [False, True])


async def test_the_outcome_is_what_the_viewer_was_answered() -> None:
    async def fails(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> None:
        raise KeyError("secret")

    async def works(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> str:
        return "fine"

    async def set_option(rtvi: RTVIProcessor, service: str, option: RTVIServiceOptionConfig) -> None: ...

    async with Acting() as stage:
        stage.rtvi.register_action(RTVIAction("call", "fails", "bool", fails))
        stage.rtvi.register_action(RTVIAction("call", "works", "string", works))
        stage.rtvi.register_service(RTVIService("vad", [RTVIServiceOption("stop", "number", set_option)]))
        viewer = await stage.watcher()
        for action in ("works", "fails", "lacks"):
            await stage.say(viewer, "action", {"service": "call", "action": action})
        for value in (1, "x"):
            config = [{"service": "vad", "options": [{"name": "stop", "value": value}]}]
            await stage.say(viewer, "update-config", {"config": config})
        assert stage.deeds == [
            deed("action call:works"),
            deed("action call:fails", "Action call:fails failed: KeyError"),
            deed("action call:lacks", "Action call:lacks not registered"),
            deed("update-config vad"),
            deed("update-config vad", "Option stop of service vad must be of type number"),
        ]
        refusals = [message["data"]["error"] for message in viewer.got if message["type"] == "error-response"]
        assert refusals == [done.outcome for done in stage.deeds if done.outcome != "done"]


async def test_what_a_client_made_up_is_cut_short() -> None:
    async with Acting() as stage:
        viewer = await stage.watcher()
        await stage.say(viewer, "action", {"service": "s", "action": "x" * 5000})
        assert stage.deeds == [deed("action s:" + "x" * 111, "Action s:" + "x" * 291)]


async def test_a_deed_that_the_end_of_the_call_breaks_off_is_in_the_record() -> None:
    begun = asyncio.Event()

    async def hangs(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with Acting() as stage:
        stage.rtvi.register_action(RTVIAction("call", "hangs", "bool", hangs))
        viewer = await stage.watcher()
        message = {"label": "rtvi-ai", "type": "action", "id": "1", "data": {"service": "call", "action": "hangs"}}
        stage.rtvi.receive(viewer, json.dumps(message))
        async with asyncio.timeout(10):
            await begun.wait()
    assert stage.deeds == [deed("action call:hangs", "broken off")]


async def test_one_viewers_refusal_is_not_anothers_outcome() -> None:
    """While one message is being handled, another viewer's and this one's own further messages may be refused."""
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> bool:
        begun.set()
        await goes_on.wait()
        return True

    async with Acting() as stage:
        stage.rtvi.register_action(RTVIAction("call", "slow", "bool", slow))
        viewer = await stage.watcher()
        message = {"label": "rtvi-ai", "type": "action", "id": "1", "data": {"service": "call", "action": "slow"}}
        stage.rtvi.receive(viewer, json.dumps(message))
        async with asyncio.timeout(10):
            await begun.wait()
        for number in range(70):
            stage.rtvi.receive(viewer, json.dumps(message | {"type": "get-config", "id": str(number + 2)}))
        goes_on.set()
        await stage.settle()
        assert "error-response" in viewer.types
        assert stage.deeds == [deed("action call:slow")]


async def test_a_ui_snapshot_that_came_early_is_one_deed() -> None:
    async with Acting() as stage:
        viewer = FakeViewer()
        stage.rtvi.join(viewer)
        await stage.say(viewer, "ui-snapshot", VALID["ui-snapshot"])
        assert stage.deeds == []
        await stage.say(viewer, "client-ready", VALID["client-ready"])
        assert stage.deeds == [deed("ui-snapshot")]


async def test_what_a_client_made_up_is_masked_for_those_who_may_not_see_it() -> None:
    async with Acting() as stage:
        stage.rtvi.redactor = Redactor(literals=["4711"])
        viewer, sees = await stage.watcher(), await stage.watcher("sees")
        blind = await stage.watcher("blind", sees_sensitive=False)
        await stage.say(viewer, "action", {"service": "order", "action": "4711"})
        (clear,), (masked,) = told(sees), told(blind)
        assert (clear["what"], clear["outcome"]) == ("action order:4711", "Action order:4711 not registered")
        assert "4711" not in masked["what"] + masked["outcome"]
        assert {key: masked[key] for key in ("type", "who", "role", "at")} == {
            key: clear[key] for key in ("type", "who", "role", "at")
        }


async def test_why_an_answer_to_a_function_was_refused_is_told_to_the_record_alone() -> None:
    """The reason names the function and what it needs, which others may not see."""
    call = {"function_name": "guess", "tool_call_id": "t", "arguments": {}, "result": "yes"}
    async with Acting() as stage:
        viewer, other = await stage.watcher(), await stage.watcher("other", ceiling=Level.NONE)
        blind = await stage.watcher("blind", ceiling=Level.DISABLED)
        await stage.push(RTVIConfigureObserverFrame(function_call_report_level={"refund": Level.FULL}))
        await stage.push(FunctionCallInProgressFrame("refund", "t", {}, by_client=True))
        await stage.say(viewer, "llm-function-call-result", call)
        await stage.say(viewer, "llm-function-call-result", call | {"function_name": "refund"})
        reason = "The function call 't' is not one of 'guess': the result was not used."
        assert [each.outcome for each in stage.deeds] == [reason, "done"]
        assert [data["outcome"] for data in told(other)] == ["refused", "done"]
        assert told(blind) == []


async def test_what_the_program_itself_sends_is_nobodys_deed() -> None:
    async with Acting() as stage:
        other = await stage.watcher("other")
        await stage.rtvi.handle_message(Message(type="dtmf", id="1", data={"buttons": ["1"]}))
        assert (stage.deeds, other.deeds) == ([], [])
