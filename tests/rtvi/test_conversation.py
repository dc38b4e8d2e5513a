"""The conversation so far."""

from typing import Any

import pytest

from appliance.rtvi.conversation import LONGEST_TEXT, MOST_ITEMS, Conversation, heard_part


def output(segment_id: int, text: str, status: str | None = None, heard: str = "") -> dict[str, Any]:
    data: dict[str, Any] = {"text": text, "segment_id": segment_id}
    if status is not None:
        data |= {"spoken_status": status, "spoken_progress": {"accumulated_text": heard, "remaining_text": ""}}
    return data


def test_the_newest_of_a_segment_counts_and_stays_in_its_place() -> None:
    conversation = Conversation()
    conversation.bot_output(output(1, "Hello.", "new"))
    conversation.user_said({"text": "yes", "timestamp": "2026", "user_id": "u", "final": True})
    conversation.bot_output(output(1, "Hello.", "completed", "Hello."))
    conversation.bot_output(output(2, "x = 1"))
    assert conversation.as_dict()["conversation"] == [
        {"role": "assistant", "text": "Hello.", "segment_id": 1, "spoken_status": "completed", "heard": "Hello."},
        {"role": "user", "text": "yes", "timestamp": "2026"},
        {"role": "assistant", "text": "x = 1", "segment_id": 2},
    ]


def test_it_is_bounded() -> None:
    conversation = Conversation()
    for number in range(MOST_ITEMS + 5):
        conversation.bot_output(output(number, "x" * (LONGEST_TEXT + 1)))
    items = conversation.as_dict()["conversation"]
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
