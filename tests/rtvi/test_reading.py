"""A client's raw text."""

import json

import pytest

from appliance.errors import ProtocolError
from appliance.rtvi.client_messages import SendTextMessage
from appliance.rtvi.envelope import Message
from appliance.rtvi.reading import read_data, read_message
from appliance.rtvi.ui_messages import UISnapshotMessage


@pytest.mark.parametrize("data", [None, {"a": 1}, [], "x", 0])
def test_an_envelope_is_read_whatever_its_data(data: object) -> None:
    text = json.dumps({"label": "rtvi-ai", "type": "t", "id": "1", "data": data, "more": 1})
    assert read_message(text) == read_message(text.encode()) == Message(type="t", id="1", data=data)


def test_data_is_read_by_its_model() -> None:
    message = Message(type="send-text", id="1", data={"content": "hi"})
    read = read_data(SendTextMessage, message)
    assert isinstance(read, SendTextMessage)
    assert (read.id, read.data.content) == ("1", "hi")


def test_wrong_data_is_named_without_being_repeated() -> None:
    message = Message(type="send-text", id="1", data={"content": ["secret"]})
    with pytest.raises(ProtocolError) as error:
        read_data(SendTextMessage, message)
    assert str(error.value) == "Invalid send-text message: data.content: Input should be a valid string."


def test_what_is_nested_too_deeply_is_refused() -> None:
    node: dict[str, object] = {"ref": "e", "role": "r"}
    for _ in range(2000):
        node = {"ref": "e", "role": "r", "children": [node]}
    message = Message(type="ui-snapshot", id="1", data={"tree": {"root": node, "captured_at": 1}})
    with pytest.raises(ProtocolError, match=r"^Invalid ui-snapshot message: "):
        read_data(UISnapshotMessage, message)
