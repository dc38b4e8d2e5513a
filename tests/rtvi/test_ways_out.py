"""Nothing goes round the one place where messages are masked, whoever sends them."""

import ast
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from appliance.redaction import Redactor
from appliance.rtvi import (
    RTVIAction,
    RTVIConfig,
    RTVIProcessor,
    RTVIService,
    RTVIServiceConfig,
    RTVIServiceOption,
    RTVIServiceOptionConfig,
)
from appliance.rtvi.client_messages import ClientMessage
from appliance.rtvi.inbound import INBOUND
from tests.house.checkout import sources
from tests.rtvi.stage import FakeViewer, Stage

SECRET = "471122"
REDACTOR = Redactor(kinds=["digits"])


def test_viewers_are_written_to_in_one_place_and_where_a_call_is_listened_to() -> None:
    """Sound cannot be masked: who may not see what is sensitive is refused it when asking."""
    senders = {str(source) for source in sources("appliance/rtvi") for name, _ in source.calls() if sends(name)}
    assert senders == {"appliance/rtvi/audience.py", "appliance/rtvi/sound.py"}


def sends(name: str) -> bool:
    return name.endswith(("viewer.send", "viewer.queue", "feed.send", "feed.queue"))


def test_messages_are_made_in_few_places() -> None:
    makers = {
        str(source): sum(name == "Outgoing" for name, _ in source.calls())
        for source in sources("appliance")
        if any(name == "Outgoing" for name, _ in source.calls())
    }
    assert makers == {
        "appliance/rtvi/audience.py": 2,
        "appliance/rtvi/sound.py": 1,
        "appliance/supervision/messages.py": 1,
    }


class Card(BaseModel):
    """A message of an application's own."""

    type: str = "card"
    data: dict[str, Any] = {"number": SECRET}


Way = Callable[[RTVIProcessor, ClientMessage], Awaitable[None]]
WAYS: dict[str, Way] = {
    "send_server_message": lambda rtvi, _: rtvi.send_server_message({"number": SECRET}),
    "send_server_response": lambda rtvi, request: rtvi.send_server_response(request, [SECRET]),
    "send_error_response": lambda rtvi, request: rtvi.send_error_response(request, SECRET),
    "send_error": lambda rtvi, _: rtvi.send_error(SECRET, fatal=True),
    "push_transport_message": lambda rtvi, _: rtvi.push_transport_message(Card()),
}


def test_every_method_that_sends_is_tried() -> None:
    methods = {name for name in vars(RTVIProcessor) if name.startswith(("send_", "push_transport"))}
    assert methods == set(WAYS)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("is_private", [True, False], ids=["to one", "to all"])
async def test_what_an_application_sends_is_masked(name: str, is_private: bool) -> None:
    async with Stage() as stage:
        stage.rtvi.redactor = REDACTOR
        clear, masked = await both(stage)
        for viewer in (clear, masked) if is_private else (None,):
            await WAYS[name](stage.rtvi, ClientMessage.of("1", "ask", None, viewer))
        assert len(clear.got) == len(masked.got) > 0
        assert (SECRET in json.dumps(clear.got), SECRET in json.dumps(masked.got)) == (True, False)


async def both(stage: Stage) -> tuple[FakeViewer, FakeViewer]:
    return await stage.watcher("clear"), await stage.watcher("masked", sees_sensitive=False)


ASKED: dict[str, Any] = {
    "describe-config": None,
    "get-config": None,
    "describe-actions": None,
    "update-config": {"config": [{"service": "desk", "options": [{"name": "number", "value": SECRET}]}]},
    "action": {"service": "desk", "action": "look_up"},
    "client-message": {"t": SECRET, "d": SECRET},
    "client-ready": {"version": "2.1.0"},
    "llm-function-call-result": {"function_name": SECRET, "tool_call_id": SECRET, "arguments": {}, "result": SECRET},
}
"""The requests whose answers can hold something sensitive."""


async def look_up(rtvi: RTVIProcessor, service: str, arguments: dict[str, Any]) -> Any:
    return {"number": SECRET, "also": int(SECRET)}


async def ignore(*_: Any) -> None:
    pass


@pytest.mark.parametrize("kind", sorted(INBOUND))
async def test_no_answer_to_a_request_holds_what_its_sender_may_not_see(kind: str) -> None:
    config = RTVIConfig(
        config=[RTVIServiceConfig(service="desk", options=[RTVIServiceOptionConfig(name="number", value=SECRET)])]
    )
    async with Stage(config=config) as stage:
        stage.rtvi.redactor = REDACTOR
        stage.rtvi.register_service(RTVIService("desk", [RTVIServiceOption("number", "string", ignore)]))
        stage.rtvi.register_action(RTVIAction("desk", "look_up", result="object", handler=look_up))

        @stage.rtvi.event_handler("on_client_message")
        async def answer(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            await rtvi.send_server_response(message, {"number": SECRET})

        clear, masked = await both(stage)
        for viewer in (clear, masked):
            await stage.say(viewer, kind, ASKED.get(kind))
        assert SECRET not in json.dumps(masked.got)
        if kind in ("get-config", "update-config", "action", "client-message", "client-ready"):
            assert SECRET in json.dumps(clear.got)


def test_the_search_for_senders_finds_them() -> None:
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse("a.viewer.send(b)")) if isinstance(node, ast.Call)]
    assert [sends(name) for name in calls] == [True]
