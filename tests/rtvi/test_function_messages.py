"""Messages about function calls."""

import pytest

from appliance.rtvi import function_messages
from appliance.rtvi.function_messages import LLMFunctionCallStoppedMessage, LLMFunctionCallStoppedMessageData
from tests.rtvi.examples import Example, check

EXAMPLES: list[Example] = [
    {"type": "llm-function-call-started", "data": {"function_name": "weather"}},
    {
        "type": "llm-function-call-in-progress",
        "data": {"tool_call_id": "t", "function_name": "weather", "arguments": {"place": "Ulm"}},
    },
    {
        "type": "llm-function-call-stopped",
        "data": {"tool_call_id": "t", "cancelled": False, "function_name": "weather", "result": {"sun": True}},
    },
    {"type": "llm-function-call", "data": {"function_name": "f", "tool_call_id": "t", "args": {"a": 1}}},
    {"type": "llm-function-call-start", "data": {"function_name": "f"}},
    {
        "type": "bot-llm-search-response",
        "data": {
            "search_result": "sun",
            "rendered_content": "<b>sun</b>",
            "origins": [
                {"site_uri": "u", "site_title": "t", "results": [{"text": "sunny", "confidence": [0.5]}]},
            ],
        },
    },
]


def test_every_message_comes_back_as_it_was() -> None:
    check(function_messages, EXAMPLES, apart=set())


@pytest.mark.parametrize("result", [None, 0, False, "", [], {}])
def test_a_result_that_is_given_is_sent_even_if_it_is_nothing(result: object) -> None:
    data = LLMFunctionCallStoppedMessageData(tool_call_id="t", cancelled=False, result=result)
    content = LLMFunctionCallStoppedMessage(data=data).content()
    assert content["data"] == {"tool_call_id": "t", "cancelled": False, "result": result}


def test_a_result_that_is_withheld_is_absent() -> None:
    data = LLMFunctionCallStoppedMessageData(tool_call_id="t", cancelled=False)
    assert LLMFunctionCallStoppedMessage(data=data).content()["data"] == {"tool_call_id": "t", "cancelled": False}
