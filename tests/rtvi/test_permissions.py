"""What each message needs its sender's role to permit."""

from typing import Any

import pytest

from appliance.rtvi.envelope import FromClient, Message
from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.permissions import lacking, named, not_permitted
from appliance.rtvi.reading import read_data
from tests.rtvi.stage import FakeViewer

ACTION: dict[str, Any] = {"service": "call", "action": "transfer", "arguments": [{"name": "to", "value": "+1555"}]}
CONFIG: dict[str, Any] = {
    "config": [{"service": name, "options": [{"name": "x", "value": 1}]} for name in ("vad", "tts", "vad")]
}


def message(kind: str, data: Any) -> FromClient:
    return read_data(INBOUND[kind][0], Message(type=kind, id="1", data=data))


@pytest.mark.parametrize(
    ("kind", "data", "permitted", "lacks"),
    [
        ("send-text", {"content": "x"}, ["send-text"], None),
        ("send-text", {"content": "x"}, ["dtmf"], "send-text"),
        ("action", ACTION, ["action call:transfer"], None),
        ("action", ACTION, ["action call:hangup"], "action call:transfer"),
        ("update-config", CONFIG, ["update-config vad", "update-config tts"], None),
        ("update-config", CONFIG, ["update-config vad"], "update-config tts"),
        ("update-config", CONFIG, [], "update-config vad"),
        ("update-config", {"config": [], "interrupt": True}, [], "update-config"),
    ],
)
def test_a_message_needs_the_permission_for_what_it_is_about(
    kind: str, data: Any, permitted: list[str], lacks: str | None
) -> None:
    assert lacking(FakeViewer(permitted=permitted), message(kind, data)) == lacks


@pytest.mark.parametrize(
    ("kind", "data", "name"),
    [
        ("send-text", {"content": "secret"}, "send-text"),
        ("dtmf", {"buttons": ["4", "7"]}, "dtmf"),
        ("client-message", {"t": "secret"}, "client-message"),
        ("action", ACTION, "action call:transfer"),
        ("update-config", CONFIG, "update-config vad, tts"),
        ("update-config", {"config": []}, "update-config"),
        ("action", {"service": "x" * 5000, "action": "y"}, "action " + "x" * 113),
    ],
)
def test_a_message_is_named_by_what_it_does_and_not_by_what_it_says(kind: str, data: Any, name: str) -> None:
    assert named(message(kind, data)) == name


def test_what_is_refused_is_as_short_as_it_is_named() -> None:
    made_up = message("action", {"service": "x" * 5000, "action": "y"})
    assert lacking(FakeViewer(permitted=[]), made_up) == "action " + "x" * 113


def test_a_refusal_names_the_role_and_the_permission() -> None:
    said = not_permitted(FakeViewer(role="coach"), "action call:transfer")
    assert said == "Not permitted: the role 'coach' lacks the permission 'action call:transfer'."
