"""What is masked in which message."""

from typing import Any

import pytest

from appliance.redaction import Redactor
from appliance.rtvi.masking import NOBODYS_WORDS, OWN_KEYS, masked_data, own_part
from tests.rtvi.test_translation import MODELS

REDACTOR = Redactor(kinds=["digits"], fields=["pin", "name"])
N, M = "123456", "[number]"


@pytest.mark.parametrize(
    ("kind", "data", "masked"),
    [
        ("server-message", N, M),
        ("server-message", {"a": [{"pin": "1"}, N]}, {"a": [{"pin": "[pin]"}, M]}),
        ("server-message", {N: {N: "x"}, "a": "b"}, {M: {M: "x"}, "a": "b"}),
        ("server-response", {"t": "ask", "d": N}, {"t": "ask", "d": M}),
        ("error", {"error": N, "message": N, "fatal": True}, {"error": M, "message": M, "fatal": True}),
        ("system-log", {"text": f"INFO {N}"}, {"text": f"INFO {M}"}),
        (
            "ui-command",
            {"command": "show", "payload": {"name": "Ann"}},
            {"command": "show", "payload": {"name": "[name]"}},
        ),
        (
            "llm-function-call-in-progress",
            {"tool_call_id": N, "function_name": "pay", "arguments": {"pin": 1, "to": N}},
            {"tool_call_id": N, "function_name": "pay", "arguments": {"pin": "[pin]", "to": M}},
        ),
        ("llm-function-call-stopped", {"tool_call_id": N, "result": N}, {"tool_call_id": N, "result": M}),
        ("ui-job-group", {"job_id": N, "label": N, "at": 1}, {"job_id": N, "label": M, "at": 1}),
        ("bot-tts-audio", {"audio": N}, {"audio": N}),
        ("metrics", {"ttfb": [{"processor": N, "value": 1}]}, {"ttfb": [{"processor": N, "value": 1}]}),
        ("actions-available", {"actions": [{"name": "x"}]}, {"actions": [{"name": "x"}]}),
        ("something new", {"text": N, "tool_call_id": N}, {"text": M, "tool_call_id": M}),
    ],
)
def test_everything_is_masked_but_the_protocols_own_words(kind: str, data: Any, masked: Any) -> None:
    assert masked_data(REDACTOR, kind, data) == masked


@pytest.mark.parametrize("kind", ["config", "bot-ready"])
def test_of_a_configuration_the_values_are_masked_and_those_under_sensitive_names_whole(kind: str) -> None:
    def config(*values: str) -> dict[str, Any]:
        options = [{"name": name, "value": value} for name, value in zip(("a", "pin"), values, strict=True)]
        return {"config": [{"service": "x", "options": options}]}

    assert masked_data(REDACTOR, kind, config(N, "1")) == config(M, "[pin]")


def test_what_is_left_of_a_message_that_cannot_be_masked() -> None:
    assert own_part("bot-ready", {"version": "2.1.0", "config": []}) == {"version": "2.1.0"}
    assert own_part("something new", {"text": N}) == {}


def test_every_message_type_with_words_of_its_own_exists() -> None:
    assert (NOBODYS_WORDS | set(OWN_KEYS)) - set(MODELS) == set()


def test_a_number_split_over_a_conversations_messages_is_masked_where_it_goes_on() -> None:
    def conversation(*said: str) -> dict[str, Any]:
        first, second, third = said
        messages: list[dict[str, Any]] = [
            {"role": "user", "content": first},
            {"role": "assistant", "content": "Go on", "tool_calls": [{"arguments": {"pin": "1"}}]},
            {"role": "user", "content": [{"type": "text", "text": second}, {"type": "image", "image": third}]},
            {"role": "tool", "content": None},
        ]
        return {"result": messages}

    masked = masked_data(REDACTOR, "action-response", conversation("471", "122", N))
    expected = conversation("471", M, M)
    expected["result"][1]["tool_calls"] = [{"arguments": {"pin": "[pin]"}}]
    assert masked == expected
