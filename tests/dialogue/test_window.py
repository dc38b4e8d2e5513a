"""What of a conversation is sent: what fits, whole turns, and calls with their results."""

from typing import Any

import pytest

from appliance.dialogue.window import conversation
from appliance.frames import Message
from tests.stand_ins.chat import wrong_pairs


def user(text: str) -> Message:
    return {"role": "user", "content": text}


def bot(text: str, *calls: str) -> Message:
    made = [{"id": call, "type": "function", "function": {"name": "look", "arguments": "{}"}} for call in calls]
    return {"role": "assistant", "content": text, **({"tool_calls": made} if made else {})}


def result(call: str, text: str = "three") -> Message:
    return {"role": "tool", "tool_call_id": call, "content": text}


def system(text: str) -> Message:
    return {"role": "system", "content": text}


def sent(*messages: Message, most_chars: int = 10_000) -> list[Message]:
    return conversation("Be Ann.", messages, most_chars=most_chars)


def test_the_prompt_comes_first_and_the_conversation_as_it_was() -> None:
    messages = (bot("Good day."), user("How many?"), bot("", "a"), result("a"), bot("Three."))
    assert sent(*messages) == [system("Be Ann."), *messages]


def test_what_has_been_whispered_is_put_to_the_prompt_however_old_it_is() -> None:
    messages = (
        user("One " * 50),
        system("Offer ten."),
        bot("Yes."),
        {"role": "developer", "content": "Be kind."},
        user("Two"),
    )
    assert sent(*messages, most_chars=120) == [
        system("Be Ann.\n\nWhat you have been told during the call, the newest last:\n- Offer ten.\n- Be kind."),
        user("Two"),
    ]


def test_the_oldest_turns_are_left_out_in_whole() -> None:
    old = (user("One"), bot("", "a"), result("a", "x" * 500), bot("First."))
    new = (user("Two"), bot("", "b"), result("b"), bot("Second."), user("Three"))
    assert sent(*old, *new, most_chars=600) == [system("Be Ann."), *new]
    assert sent(*old, *new) == [system("Be Ann."), *old, *new]


def test_the_last_turn_is_sent_even_if_it_is_too_long() -> None:
    last = (user("x" * 500), bot("", "a"), result("a", "y" * 500))
    assert sent(user("One"), bot("First."), *last, most_chars=50) == [system("Be Ann."), *last]


def test_what_one_side_says_in_a_row_is_one_message() -> None:
    assert sent(bot("Good"), bot("day."), user("I"), user("want"), bot("Yes?")) == [
        system("Be Ann."),
        bot("Good day."),
        user("I want"),
        bot("Yes?"),
    ]


def test_what_was_said_before_a_call_is_joined_to_it_and_nothing_to_what_follows() -> None:
    assert sent(user("One"), bot("Wait."), bot("", "a"), result("a"), bot("Three.")) == [
        system("Be Ann."),
        user("One"),
        bot("Wait.", "a"),
        result("a"),
        bot("Three."),
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [user("One"), result("a"), user("Two")],
        [user("One"), bot("", "a"), user("Two")],
        [user("One"), bot("", "a", "b"), result("b"), user("Two")],
        [user("One"), bot("", "a"), user("Two"), result("a")],
        [bot("", "a"), bot("", "b"), user("Two"), result("b"), result("a")],
        [result("a"), result("b")],
        [],
    ],
)
def test_whoever_has_written_the_context_calls_and_results_go_together(messages: list[Any]) -> None:
    assert wrong_pairs(sent(*messages)) == []


def test_a_call_without_a_result_says_so() -> None:
    assert sent(user("One"), bot("", "a"), user("Two"))[3] == result("a", "There is no result.")


def test_parts_of_a_message_count_as_text() -> None:
    parts: Message = {"role": "user", "content": [{"type": "text", "text": "x" * 100}, {"type": "text", "text": "y"}]}
    assert sent(parts, bot("Yes."), user("Two"), most_chars=60) == [system("Be Ann."), user("Two")]


def test_words_of_the_callers_that_nobody_has_written_down_are_left_out() -> None:
    unheard: Message = {"role": "user", "content": None}
    told = conversation("Be Ann.", [user("Hello."), unheard, bot("Yes?"), {**unheard, "content": ""}], most_chars=1000)
    assert told[1:] == [user("Hello."), bot("Yes?")]
