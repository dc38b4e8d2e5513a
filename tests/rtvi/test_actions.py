"""Protocol 0.3: actions."""

from typing import Any

import pytest

from appliance.errors import RequestError
from appliance.rtvi import RTVIAction, RTVIActionArgument, RTVIActionFrame, RTVIActionRun, RTVIProcessor
from tests.rtvi.stage import Stage


def register_say(rtvi: RTVIProcessor) -> list[Any]:
    said: list[Any] = []

    async def say(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> bool:
        said.append((service, arguments))
        return bool(arguments["text"])

    rtvi.register_action(RTVIAction("tts", "say", "bool", say, [RTVIActionArgument("text", "string")]))
    return said


def run(action: str = "say", **arguments: Any) -> dict[str, Any]:
    given = [{"name": name, "value": value} for name, value in arguments.items()]
    return {"service": "tts", "action": action, "arguments": given}


DESCRIPTION = [{"service": "tts", "action": "say", "arguments": [{"name": "text", "type": "string"}], "result": "bool"}]


async def test_actions_are_described_and_told_at_bot_ready() -> None:
    async with Stage() as stage:
        register_say(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "describe-actions", id="7")
        await stage.say(viewer, "client-ready", {"version": "2.1.0"})
        described, ready = viewer.got
        assert described == {"type": "actions-available", "id": "7", "data": {"actions": DESCRIPTION}}
        assert ready["data"]["actions"] == DESCRIPTION


@pytest.mark.parametrize(("text", "result"), [("hi", True), ("", False)])
async def test_an_action_runs_and_its_result_is_the_answer(text: str, result: bool) -> None:
    async with Stage() as stage:
        said = register_say(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "action", run(text=text), id="7")
        assert said == [("tts", {"text": text})]
        assert viewer.got == [{"type": "action-response", "id": "7", "data": {"result": result}}]


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (run("shout"), "Action tts:shout not registered"),
        (run(volume=5), "Action tts:say has no argument volume"),
        (run(text=5), "Argument text of action tts:say must be of type string"),
        (run(), "Action tts:say failed: KeyError"),
    ],
)
async def test_what_does_not_fit_or_fails_is_said(wanted: dict[str, Any], problem: str) -> None:
    async with Stage() as stage:
        said = register_say(stage.rtvi)
        viewer = await stage.watcher()
        await stage.say(viewer, "action", wanted, id="7")
        assert viewer.got == [{"type": "error-response", "id": "7", "data": {"error": problem}}]
        assert [arguments for _, arguments in said if arguments] == []


async def test_without_a_required_argument_the_handler_is_not_called() -> None:
    async with Stage() as stage:
        said: list[Any] = []
        arguments = [RTVIActionArgument("volume", "number"), RTVIActionArgument("text", "string", required=True)]
        stage.rtvi.register_action(RTVIAction("tts", "say", "bool", lambda *given: said.append(given), arguments))  # type: ignore[arg-type]
        viewer = await stage.watcher()
        await stage.say(viewer, "action", run(volume=5), id="7")
        assert viewer.got == [
            {"type": "error-response", "id": "7", "data": {"error": "Action tts:say needs the argument text"}}
        ]
        assert said == []


async def test_a_handler_says_why_it_refuses() -> None:
    async def say(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> bool:
        raise RequestError("nobody listens")

    async with Stage() as stage:
        stage.rtvi.register_action(RTVIAction("tts", "say", "bool", say))
        viewer = await stage.watcher()
        await stage.say(viewer, "action", run(), id="7")
        assert viewer.got == [
            {"type": "error-response", "id": "7", "data": {"error": "Action tts:say failed: nobody listens"}}
        ]


async def test_a_frame_runs_an_action_too_and_goes_no_further() -> None:
    async with Stage() as stage:
        said = register_say(stage.rtvi)
        viewer = await stage.watcher()
        wanted = RTVIActionRun.model_validate(run(text="hi"))
        await stage.push(RTVIActionFrame(wanted), RTVIActionFrame(wanted, "8"))
        assert said == [("tts", {"text": "hi"})] * 2
        assert viewer.got == [{"type": "action-response", "id": "8", "data": {"result": True}}]
        assert not [frame for frame in stage.mouth.passed if isinstance(frame, RTVIActionFrame)]
