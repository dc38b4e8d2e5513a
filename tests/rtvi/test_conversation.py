"""The conversation so far."""

from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.redaction import Redactor
from appliance.rtvi.conversation import LONGEST_TEXT, MOST_ITEMS, Conversation, heard_part


def output(segment_id: int, text: str, status: str | None = None, heard: str = "") -> dict[str, Any]:
    data: dict[str, Any] = {"text": text, "segment_id": segment_id}
    if status is not None:
        data |= {"spoken_status": status, "spoken_progress": {"accumulated_text": heard, "remaining_text": ""}}
    return data


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_800_000_000)


@pytest.fixture
def conversation(clock: ManualClock) -> Conversation:
    return Conversation(clock)


def test_the_newest_of_a_segment_counts_and_stays_in_its_place(clock: ManualClock, conversation: Conversation) -> None:
    conversation.bot_output(output(1, "Hello.", "new"))
    conversation.user_said({"text": "yes", "timestamp": "2026", "user_id": "u", "final": True})
    clock.advance(2)
    conversation.bot_output(output(1, "Hello.", "completed", "Hello."))
    conversation.bot_output(output(2, "x = 1"))
    hello = {"spoken_status": "completed", "heard": "Hello."}
    assert conversation.as_list() == [
        {"role": "assistant", "text": "Hello.", "timestamp": "2027-01-15T08:00:00.000Z", "segment_id": 1, **hello},
        {"role": "user", "text": "yes", "timestamp": "2026"},
        {"role": "assistant", "text": "x = 1", "timestamp": "2027-01-15T08:00:02.000Z", "segment_id": 2},
    ]


def test_pressed_keys_are_no_words(conversation: Conversation) -> None:
    conversation.user_pressed("42#")
    at = "2027-01-15T08:00:00.000Z"
    assert conversation.as_list() == [{"role": "user", "text": "42#", "timestamp": at, "keys": True}]


def test_what_a_supervisor_said_or_keyed_for_the_user_bears_the_name(conversation: Conversation) -> None:
    conversation.user_pressed("42#", "anna")
    conversation.user_typed("yes", "bert")
    told = {"role": "user", "timestamp": "2027-01-15T08:00:00.000Z"}
    assert conversation.as_list() == [
        {**told, "text": "42#", "keys": True, "by": "anna"},
        {**told, "text": "yes", "by": "bert"},
    ]


def test_what_was_cut_off_says_so_unless_its_end_turns_out_to_have_been_heard(conversation: Conversation) -> None:
    for segment_id, status in enumerate(("completed", "in-progress", "new", "in-progress")):
        conversation.bot_output(output(segment_id, "Hello.", status))
    conversation.bot_output(output(4, "a note"))
    conversation.interrupted()
    conversation.bot_output(output(1, "Hello.", "in-progress", "Hel"))
    conversation.bot_output(output(3, "Hello.", "completed", "Hello."))
    assert [item.get("interrupted") for item in conversation.as_list()] == [None, True, True, None, None]


def test_new_last_words_are_told_once(conversation: Conversation) -> None:
    told = []
    conversation.on_said = lambda: told.append(conversation.last())
    assert conversation.last() is None
    conversation.bot_output(output(1, "Hello.", "new"))
    conversation.bot_output(output(1, "Hello.", "completed", "Hello."))
    conversation.user_said({"text": "yes", "timestamp": "2026"})
    assert [last and last["text"] for last in told] == ["Hello.", "yes"]


def test_it_is_bounded(conversation: Conversation) -> None:
    for number in range(MOST_ITEMS + 5):
        conversation.bot_output(output(number, "x" * (LONGEST_TEXT + 1)))
    items = conversation.as_list()
    assert (len(items), items[0]["segment_id"], len(items[0]["text"])) == (MOST_ITEMS, 5, LONGEST_TEXT)


@pytest.mark.parametrize(
    ("text", "words", "end", "left"),
    [
        ("Good  morning.", "Good morning. Bye", 14, ["Bye"]),
        ("Good  morning.", "Good", 4, []),
        ("Good  morning.", "", 0, []),
        ("Good  morning.", "Bye", 0, ["Bye"]),
        ("", "Bye", 0, ["Bye"]),
    ],
)
def test_words_that_were_heard_say_how_much_of_a_text_was(text: str, words: str, end: int, left: list[str]) -> None:
    heard = words.split()
    assert (heard_part(text, heard), heard) == (end, left)


REDACTOR = Redactor(kinds=["digits"])
NEVER = Redactor()


def said(conversation: Conversation, *texts: str) -> None:
    for text in texts:
        conversation.user_said({"text": text, "timestamp": "2026"})
        conversation.bot_output(output(len(conversation.as_list()), "Yes?"))


def texts(items: list[dict[str, Any]], role: str = "user") -> list[str]:
    return [item["text"] for item in items if item["role"] == role]


def test_a_number_that_was_said_in_parts_is_masked_from_its_beginning(conversation: Conversation) -> None:
    said(conversation, "It is 123", "456 789.", "Thanks 7")
    assert texts(conversation.as_list(REDACTOR)) == ["It is [number]", "[number].", "Thanks 7"]
    assert texts(conversation.as_list()) == texts(conversation.as_list(NEVER)) == ["It is 123", "456 789.", "Thanks 7"]


def test_the_last_words_are_masked_with_what_was_said_before(conversation: Conversation) -> None:
    said(conversation, "It is 123")
    conversation.user_pressed("456")
    last = conversation.last(REDACTOR)
    assert last == {"role": "user", "text": "[number]", "timestamp": "2027-01-15T08:00:00.000Z", "keys": True}
    assert NEVER.is_empty
    assert (conversation.last(NEVER) or {})["text"] == "456"


@pytest.mark.parametrize(
    ("text", "heard", "shown"),
    [
        ("No. 123 456, is it?", "", ""),
        ("No. 123 456, is it?", "No. ", "No. "),
        ("No. 123 456, is it?", "No. 12", "No. [number]"),
        ("No. 123 456, is it?", "No. 123 456, is", "No. [number], is"),
        ("changed", "#No. 123 456", "#No. [number]"),
    ],
)
def test_what_was_heard_is_masked_as_the_text_is(conversation: Conversation, text: str, heard: str, shown: str) -> None:
    conversation.bot_output(output(1, text, "in-progress", heard))
    assert [item["heard"] for item in conversation.as_list(REDACTOR)] == [shown]


def test_a_number_at_the_end_of_the_longest_text_is_masked_whole(conversation: Conversation) -> None:
    said(conversation, "x " * (LONGEST_TEXT // 2 - 2) + "123456789")
    assert texts(conversation.as_list(REDACTOR))[0].endswith("x [number]")
