"""What of a context a server is told."""

from typing import Any

from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.memory import Memory
from appliance.frames import LLMContext, Message

CALL = {"id": "c1", "type": "function", "function": {"name": "stock", "arguments": "{}"}}
TOLD: list[Message] = [
    {"role": "assistant", "content": "Good day."},
    {"role": "user", "content": "How many?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "three"},
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": None},
]


def test_a_new_connection_is_told_everything_that_is_known_in_words() -> None:
    instructions, items = Memory().all("You are Ann.", LLMContext(TOLD), 1000)
    assert instructions.startswith("You are Ann.\n\n")
    assert instructions.endswith("- Be kind.")
    assert items == [
        wire.text_item("assistant", "Good day."),
        wire.text_item("user", "How many?"),
        wire.call_item("c1", "stock", "{}"),
        wire.result_item("c1", "three"),
    ]


def test_it_is_told_no_more_than_fits_and_that_is_the_latest() -> None:
    told: list[Message] = [{"role": "user", "content": f"{number} " * 100} for number in range(9)]
    for number in range(8, 0, -1):
        told.insert(number, {"role": "assistant", "content": "Yes."})
    _, items = Memory().all("You are Ann.", LLMContext(told), 500)
    assert [item["content"][0]["text"][:2] for item in items] == ["7 ", "Ye", "8 "]


def test_what_comes_later_is_news_once() -> None:
    memory, context = Memory(), LLMContext(TOLD)
    memory.all("You are Ann.", context, 1000)
    assert memory.news(context) == []
    heard: Message = {"role": "user", "content": None}
    memory.hear(heard)
    memory.speak("I have three of them. ")
    memory.call("c2")
    context.add_messages(
        [
            heard,
            {"role": "assistant", "content": "", "tool_calls": [{**CALL, "id": "c2"}]},
            {"role": "tool", "tool_call_id": "c2", "content": "four"},
            {"role": "tool", "tool_call_id": "unknown", "content": "?"},
            {"role": "assistant", "content": "I have three"},
            {"role": "developer", "content": "Offer more."},
            {"role": "user", "content": [{"type": "text", "text": "typed"}]},
        ]
    )
    expected: list[Any] = [
        wire.result_item("c2", "four"),
        wire.text_item("system", "Offer more."),
        wire.text_item("user", "typed"),
    ]
    assert (memory.news(context), memory.is_outdated) == (expected, False)
    assert memory.news(context) == []


def test_a_call_that_nobody_has_answered_is_answered_before_the_conversation_goes_on() -> None:
    memory, context = Memory(), LLMContext()
    memory.call("c1")
    assert memory.news(context) == [wire.result_item("c1", "There is no result.")]
    assert memory.news(context) == []


def test_what_was_told_and_is_in_the_context_no_more_cannot_be_untold() -> None:
    memory, context = Memory(), LLMContext(TOLD)
    memory.all("You are Ann.", context, 1000)
    context.set_messages(TOLD[1:])
    memory.news(context)
    assert memory.is_outdated
    memory.all("You are Ann.", context, 1000)
    assert (memory.news(context), memory.is_outdated) == ([], False)
