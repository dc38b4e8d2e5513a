"""A live call's facts and conversation, bounded, as viewers are shown them."""

from dataclasses import replace
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.rtvi.conversation import LONGEST_TEXT, MOST_ITEMS
from appliance.supervision.calls import CallView, Facts, LiveCall
from appliance.supervision.feed import MAX_BYTES, Feed
from appliance.supervision.messages import server_message
from tests.supervision.desk import CALL, SUPERVISOR, VIEWER, WALL, Bot

VERA = Feed("vera", SUPERVISOR, max_messages=50)
AT_FIRST = {"for": "engine", "since": "2027-01-15T08:00:00.000Z"}


class Call(LiveCall):
    """A call with a clock that the test moves, and a bot that it plays."""

    def __init__(self, *tags: str) -> None:
        self.clock = ManualClock(WALL)
        self.bot = Bot(self.clock)
        rtvi: Any = self.bot
        super().__init__(CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, rtvi, tags), self.clock)


def test_a_new_call_is_live_and_nothing_was_said() -> None:
    assert Call().summary(SUPERVISOR) == CALL
    assert Call().snapshot(VERA, SUPERVISOR) == {"type": "snapshot", "call": CALL, "conversation": [], "functions": []}


def test_the_version_of_the_dialplan_is_told_where_it_is_known() -> None:
    call = Call()
    call.view = replace(call.view, version="0123456789ab")
    assert call.summary(VIEWER)["dialplan_version"] == "0123456789ab"


def test_who_may_not_see_numbers_sees_none() -> None:
    assert Call().summary(VIEWER) == CALL | {"from": "[number]", "to": "[number]"}


@pytest.mark.parametrize(("to", "masked"), [("+1555", "[number]"), ("sip:a@h", "[number]"), ("queue:a", "queue:a")])
def test_while_a_caller_is_with_somebody_else_it_is_told_with_whom(to: str, masked: str) -> None:
    call = Call()
    call.update(Facts(state="transferring", transferring_to=to))
    assert [call.summary(rights)["transferring_to"] for rights in (SUPERVISOR, VIEWER)] == [to, masked]
    call.update(Facts(state="live", transferring_to=None))
    assert "transferring_to" not in call.summary(SUPERVISOR)


@pytest.mark.parametrize(
    ("dialplans", "tags", "is_open"),
    [
        (["reception"], (), True),
        (["tag:shop"], ("shop", "day"), True),
        (["tag:shop"], ("day",), False),
        (["shop"], ("shop",), False),
    ],
)
def test_a_call_is_open_to_roles_that_cover_its_dialplan_by_name_or_tag(
    dialplans: list[str], tags: tuple[str, ...], is_open: bool
) -> None:
    assert Call(*tags).is_open_to(SUPERVISOR.narrowed(dialplans)) is is_open


def test_the_last_words_are_those_of_the_conversation() -> None:
    call = Call()
    call.bot.said("Who is there?")
    assert call.summary(SUPERVISOR)["last_words"] == {"who": "bot", "text": "Who is there?"}
    call.bot.heard("It is me")
    assert call.summary(SUPERVISOR) == CALL | {"last_words": {"who": "caller", "text": "It is me"}}


@pytest.mark.parametrize(
    ("steps", "waits"),
    [
        ([Facts(waits_for="engine")], AT_FIRST),
        ([Facts(waits_for=None)], None),
        ([Facts(waits_for="caller")], "caller"),
        ([Facts(waits_for="function")], "function"),
        ([Facts(waits_for="caller"), Facts(taken_over_by="vera")], "supervisor"),
        ([Facts(taken_over_by="vera"), Facts(waits_for="caller"), Facts(taken_over_by=None)], "caller"),
        ([Facts(waits_for="caller"), Facts(state="line lost")], "line"),
        ([Facts(taken_over_by="vera"), Facts(state="line lost")], "line"),
        ([Facts(state="transferring", transferring_to="+1555")], "transfer"),
        ([Facts(state="transferring"), Facts(state="live", waits_for="caller")], "caller"),
        ([Facts(state="line lost"), Facts(state="live")], "engine"),
    ],
)
def test_what_a_call_waits_for_is_told_with_since_when(steps: list[Facts], waits: object) -> None:
    call = Call()
    for step in steps:
        call.clock.advance(1.5)
        call.update(step)
    if isinstance(waits, str):
        waits = {"for": waits, "since": f"2027-01-15T08:00:0{len(steps) * 1.5:.3f}Z"}
    assert call.summary(SUPERVISOR)["waits"] == waits


def test_who_may_not_know_of_function_calls_is_not_told_that_one_is_waited_for() -> None:
    call = Call()
    call.update(Facts(waits_for="function"))
    blind = replace(SUPERVISOR, report_level=RTVIFunctionCallReportLevel.DISABLED)
    waits = [call.summary(rights)["waits"]["for"] for rights in (SUPERVISOR, VIEWER, blind)]
    assert waits == ["function", "function", "engine"]


def test_a_call_says_whether_anything_has_changed() -> None:
    call = Call()
    assert call.update(Facts(speaking="bot", waits_for=None)) is True
    assert call.update(Facts(speaking="bot", waits_for=None)) is False
    assert call.update(Facts(waits_for="caller")) is True


def test_a_call_that_is_over_waits_for_nothing() -> None:
    call = Call()
    call.update(Facts(speaking="bot"))
    call.end({"outcome": "completed"})
    assert call.summary(SUPERVISOR) == CALL | {"state": "ended", "waits": None}


def test_the_longest_conversation_fits_into_a_viewers_feed() -> None:
    call = Call()
    for number in range(MOST_ITEMS + 10):
        call.bot.said("\u20ac" * 100_000, "\u20ac" * 90_000, segment_id=number)
    snapshot = call.snapshot(VERA, SUPERVISOR)
    assert (len(snapshot["conversation"]), len(snapshot["conversation"][0]["text"])) == (MOST_ITEMS, LONGEST_TEXT)
    assert len(server_message(snapshot).encode()) < MAX_BYTES
    assert len(call.summary(SUPERVISOR)["last_words"]["text"]) == 200
