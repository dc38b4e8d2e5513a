"""What clients send."""

import pytest
from pydantic import BaseModel, ValidationError

from appliance.rtvi import client_messages
from appliance.rtvi.client_messages import ClientMessage, DTMFMessage, SendTextData, SendTextOptions
from tests.rtvi.examples import Example, check
from tests.rtvi.stage import FakeViewer

ABOUT = {"library": "js", "library_version": "1.13.1", "platform": "web", "platform_version": "1"}

EXAMPLES: list[Example] = [
    {"type": "client-ready", "id": "1", "data": {"version": "2.1.0", "about": ABOUT}},
    {"type": "disconnect-bot", "id": "1"},
    {"type": "client-message", "id": "1", "data": {"t": "list-calls", "d": [1, {"a": "b"}]}},
    {
        "type": "send-text",
        "id": "1",
        "data": {"content": "hi", "options": {"run_immediately": False, "audio_response": False}},
    },
    {
        "type": "llm-function-call-result",
        "id": "1",
        "data": {"function_name": "f", "tool_call_id": "t", "arguments": {"a": 1}, "result": {"ok": True}},
    },
    {"type": "raw-audio", "id": "1", "data": {"base64Audio": "AAA=", "sampleRate": 16000, "numChannels": 1}},
    {
        "type": "raw-audio-batch",
        "id": "1",
        "data": {"base64AudioBatch": ["AAA="], "sampleRate": 8000, "numChannels": 1},
    },
    {"type": "dtmf", "id": "1", "data": {"buttons": ["1", "*", "#"]}},
    {
        "type": "append-to-context",
        "id": "1",
        "data": {"role": "system", "content": "be brief", "run_immediately": True},
    },
]


def test_every_message_comes_back_as_it_was() -> None:
    apart: set[type[BaseModel]] = {client_messages.AboutClientData, ClientMessage}
    check(client_messages, EXAMPLES, apart=apart)


def test_what_a_client_says_about_itself_comes_back_as_it_was() -> None:
    assert client_messages.AboutClientData.model_validate(ABOUT).model_dump(exclude_none=True) == ABOUT


def test_one_button_of_older_clients_is_a_list_of_one() -> None:
    message = DTMFMessage.model_validate({"id": "1", "data": {"button": "5"}})
    assert message.data.buttons == ["5"]


@pytest.mark.parametrize(
    "data", [{}, {"buttons": []}, {"buttons": ["10"]}, {"buttons": ["x"]}, {"button": "x"}, [], None]
)
def test_what_is_no_key_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        DTMFMessage.model_validate({"id": "1", "data": data})


def test_a_text_runs_at_once_and_is_answered_by_voice_unless_it_says_otherwise() -> None:
    assert SendTextOptions() == SendTextOptions(run_immediately=True, audio_response=True)
    assert SendTextData(content="hi").options is None


def test_a_message_knows_its_sender_and_does_not_tell() -> None:
    viewer = FakeViewer()
    message = ClientMessage.of("7", "t", {"a": 1}, viewer)
    assert message.viewer is viewer
    assert message.model_dump() == {"msg_id": "7", "type": "t", "data": {"a": 1}}
