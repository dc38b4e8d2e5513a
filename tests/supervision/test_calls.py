"""A live call's facts and conversation, bounded, as viewers are shown them."""

from typing import Any

from appliance.supervision.calls import MAX_LINE_CHARACTERS, MAX_LINES, CallView, Line, LiveCall, iso
from appliance.supervision.feed import MAX_BYTES
from appliance.supervision.messages import server_message
from tests.supervision.desk import CALL, WALL, Bot


def live() -> LiveCall:
    bot: Any = Bot()
    return LiveCall(CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, bot))


def test_a_new_call_is_live_and_nothing_was_said() -> None:
    assert live().summary() == CALL
    assert live().snapshot() == {"type": "snapshot", "call": CALL, "conversation": []}


def test_a_line_leaves_out_what_it_has_not() -> None:
    assert Line("caller", "42#", WALL, keys=True).as_dict() == {
        "who": "caller",
        "text": "42#",
        "at": "2027-01-15T08:00:00.000Z",
        "keys": True,
    }
    assert Line("bot", "Hello", WALL, 0, "").as_dict() == {
        "who": "bot",
        "text": "Hello",
        "at": "2027-01-15T08:00:00.000Z",
        "segment_id": 0,
        "spoken": "",
    }


def test_the_longest_conversation_fits_into_a_viewers_feed() -> None:
    call = live()
    for _ in range(MAX_LINES + 10):
        call.said(Line("bot", "\u20ac" * 100_000, WALL, 1, "\u20ac" * MAX_LINE_CHARACTERS))
    assert len(call.lines) == MAX_LINES
    assert len(server_message(call.snapshot()).encode(1)) < MAX_BYTES
    assert len(call.summary()["last_words"]["text"]) == 200


def test_times_are_told_in_utc_to_the_millisecond() -> None:
    assert iso(0.0004) == "1970-01-01T00:00:00.000Z"
    assert iso(WALL + 1.9996) == "2027-01-15T08:00:01.999Z"
