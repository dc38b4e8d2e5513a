"""Messages of protocol 0.3."""

from appliance.rtvi import service_messages
from tests.rtvi.examples import Example, check

CONFIG = [{"service": "tts", "options": [{"name": "rate", "value": 1.5}]}]
ARGUMENTS = [{"name": "text", "type": "string"}]

EXAMPLES: list[Example] = [
    {"type": "describe-config", "id": "1"},
    {"type": "get-config", "id": "1"},
    {"type": "update-config", "id": "1", "data": {"config": CONFIG, "interrupt": True}},
    {"type": "describe-actions", "id": "1"},
    {
        "type": "action",
        "id": "1",
        "data": {"service": "tts", "action": "say", "arguments": [{"name": "text", "value": "hi"}]},
    },
    {"type": "config-available", "id": "1", "data": {"config": [{"name": "tts", "options": ARGUMENTS}]}},
    {"type": "config", "id": "1", "data": {"config": CONFIG}},
    {
        "type": "actions-available",
        "id": "1",
        "data": {"actions": [{"service": "tts", "action": "say", "arguments": ARGUMENTS, "result": "bool"}]},
    },
    {"type": "action-response", "id": "1", "data": {"result": False}},
]


def test_every_message_comes_back_as_it_was() -> None:
    check(service_messages, EXAMPLES, apart=set())
