"""A supervisor speaks in the bot's place: what the caller hears, what the bot does meanwhile and afterwards."""

import asyncio
from binascii import a2b_base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.bus import CallUpdated
from appliance.call import StreamEnd
from appliance.call.microphone import AHEAD_SECS, MOST_WAITING_SECS
from appliance.speech.canned import babble
from tests.call.lines import TURN, House, Wire
from tests.call.supervisors import Supervisor

QUESTION = "assistant: Shall we go on?"


class Live:
    """A call whose bot has asked its question, and two supervisors."""

    def __init__(self, house: House, wire: Wire, stream: "asyncio.Task[StreamEnd]") -> None:
        self.house = house
        self.wire = wire
        self.stream = stream
        self.anna = Supervisor(house.call, "anna")
        self.bert = Supervisor(house.call, "bert")

    @property
    def said(self) -> list[str]:
        """What was said after the question."""
        return self.house.said()[1:]

    async def until_said(self, *wanted: str) -> None:
        """Waits until this, and nothing else, was said after the question."""
        await self.house.until(lambda: len(self.said) >= len(wanted))
        assert self.said == list(wanted)

    def holders(self) -> list[Any]:
        """Who has the call, as the house was told."""
        changes = [event.changes for event in self.house.told if isinstance(event, CallUpdated)]
        return [change["taken_over_by"] for change in changes if "taken_over_by" in change]

    def played_secs(self) -> float:
        """How much the carrier was given to play."""
        media = (one["media"]["payload"] for one in self.wire.sent if one["event"] == "media")
        return sum(len(a2b_base64(payload)) for payload in media) / 8000


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    house, wire = House(tmp_path), Wire()
    live = Live(house, wire, house.connect(wire))
    await house.asked()
    await live.anna.ready()
    await live.bert.ready()
    yield live
    await house.call.finish("abandoned", "the test is over")
    live.wire.says(None)
    await asyncio.wait_for(live.stream, 5)


async def test_the_caller_hears_the_one_who_has_taken_the_call_over_and_nobody_else(live: Live) -> None:
    before = live.played_secs()
    live.anna.speaks(babble(100))
    assert await live.anna.does("call:take_over") is True
    for speaker in (live.bert, live.anna, live.bert):
        speaker.speaks(babble(100))
    live.house.call.rtvi.receive_audio(live.bert, babble(100), 8000, 1)
    live.house.call.rtvi.receive_audio(live.anna, babble(50), 8000, 1)
    await live.house.until(lambda: live.played_secs() >= before + 0.149)
    assert await live.anna.does("call:hand_back") is True
    await live.until_said(QUESTION)
    assert live.played_secs() == pytest.approx(before + 0.15 + 0.1)
    assert live.house.call.rtvi.microphones.dropped == 4
    assert live.holders() == ["anna", None]


async def test_a_bot_is_cut_off_by_a_take_over(tmp_path: Path) -> None:
    house, wire = House(tmp_path, speaks_secs=30.0), Wire(returns_marks=False)
    stream = house.connect(wire)
    await house.until(lambda: "media" in wire.events())
    anna = await Supervisor(house.call).ready()
    assert await anna.does("call:take_over") is True
    await house.until(lambda: wire.events()[-1] == "clear")
    assert "bot-interrupted" in anna.types
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


async def test_the_bot_answers_nothing_but_what_the_caller_says_is_read_and_kept(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    live.wire.speaks(TURN)
    await live.until_said("user: yes")
    live.wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await live.until_said("user: yes", "user: 1")
    assert [data["text"] for data in live.anna.heard("user-transcription") if data["final"]] == ["yes"]
    assert [data["text"] for data in live.anna.heard("user-llm-text")] == ["yes", "1"]
    assert live.anna.heard("bot-llm-started") == []
    assert not live.house.call.is_over


async def test_the_supervisors_own_words_are_not_the_callers(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    for at in range(0, len(TURN), 3200):
        live.anna.speaks(TURN[at : at + 3200])
    await live.house.until(lambda: live.played_secs() > 1.0)
    assert live.said == []
    assert live.anna.heard("user-started-speaking") == []


async def test_a_speaking_caller_does_not_cut_off_the_supervisor(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    live.wire.sent.clear()
    live.anna.speaks(babble(1000))
    live.wire.speaks(TURN)
    await live.until_said("user: yes")
    assert "clear" not in live.wire.events()


async def test_the_bot_asks_its_question_again_when_it_has_the_call_back(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    live.wire.speaks(TURN)
    await live.until_said("user: yes")
    assert await live.anna.does("call:hand_back") is True
    await live.until_said("user: yes", QUESTION)
    live.anna.speaks(babble(100))
    assert live.house.call.rtvi.microphones.dropped == 1
    assert live.holders() == ["anna", None]
    live.wire.speaks(TURN)
    assert await asyncio.wait_for(live.stream, 5) is StreamEnd.ENDED
    assert live.said == ["user: yes", QUESTION, "user: yes", "assistant: Goodbye."]


@pytest.mark.parametrize("way", ["leave", "disconnected"])
async def test_a_supervisor_who_is_gone_leaves_the_caller_to_the_bot(live: Live, way: str) -> None:
    assert await live.anna.does("call:take_over") is True
    getattr(live.house.call.rtvi, way)(live.bert)
    assert live.holders() == ["anna"]
    getattr(live.house.call.rtvi, way)(live.anna)
    await live.until_said(QUESTION)
    assert live.holders() == ["anna", None]
    getattr(live.house.call.rtvi, way)(live.anna)
    carl = await Supervisor(live.house.call, "carl").ready()
    assert await carl.does("call:take_over") is True
    assert live.holders() == ["anna", None, "carl"]


async def test_one_has_the_call_and_only_that_one_gives_it_back(live: Live) -> None:
    assert await live.bert.does("call:hand_back") == "Action call:hand_back failed: nobody has taken the call over"
    assert await live.anna.does("call:take_over") is True
    assert await live.anna.does("call:take_over") is True
    refused = await live.bert.does("call:take_over")
    assert refused == "Action call:take_over failed: anna has already taken the call over"
    refused = await live.bert.does("call:hand_back")
    assert refused == ("Action call:hand_back failed: anna has taken the call over, and nobody else can hand it back")
    assert live.holders() == ["anna"]


async def test_two_who_want_the_call_in_the_same_moment_do_not_both_get_it(live: Live) -> None:
    answers = await asyncio.gather(live.anna.does("call:take_over"), live.bert.does("call:take_over"))
    assert list(answers) == [True, "Action call:take_over failed: anna has already taken the call over"]


async def test_nobody_has_the_dialogue_answer_while_a_person_does(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    reason = "the bot answers nothing: anna has taken the call over"
    assert await live.bert.does("dialogue:run") == f"Action dialogue:run failed: {reason}"
    answered = await live.bert.asks("send-text", {"content": "yes"})
    assert answered["data"] == {"error": f"The{reason[3:]}."}
    assert await live.bert.does("dialogue:append", role="system", text="A member.") == {"read": False}
    await live.until_said("system: A member.")


async def test_the_bot_can_still_be_told_to_say_something(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    assert await live.anna.does("tts:say", text="This call is recorded.") is True
    await live.until_said("assistant: This call is recorded.")
    assert live.house.call.rtvi.microphones.holder is live.anna


@pytest.mark.parametrize(
    ("what", "arguments", "ending"),
    [("hangup", {}, ("supervisor", None)), ("transfer", {"to": "+15555550177"}, ("supervisor", "+15555550177"))],
)
async def test_who_has_the_call_may_end_it(
    live: Live, what: str, arguments: dict[str, str], ending: tuple[str, str | None]
) -> None:
    assert await live.anna.does("call:take_over") is True
    live.anna.speaks(babble(100))
    assert await live.anna.does(f"call:{what}", **arguments) is True
    assert await asyncio.wait_for(live.stream, 5) is StreamEnd.ENDED
    call = live.house.call
    if call.transfer is not None:
        assert (call.transfer.reason, call.transfer.transfer.to) == ending
    else:
        assert call.ending is not None
        assert (call.ending.reason, call.ending.transfer_to) == ending


async def test_a_line_that_is_lost_and_back_is_still_the_supervisors(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    live.wire.says(None)
    assert await asyncio.wait_for(live.stream, 5) is StreamEnd.LOST
    live.house.call.line_lost()
    live.anna.speaks(babble(200))
    second = Wire()
    live.stream = live.house.connect(second)
    live.wire = second
    await live.house.call.task.flush_pipeline()
    live.anna.speaks(babble(200))
    await live.house.until(lambda: live.played_secs() > 0.15)
    assert live.said == []
    assert await live.anna.does("call:hand_back") is True
    await live.until_said(QUESTION)


async def test_a_call_that_is_handed_back_while_its_line_is_lost_goes_on_when_it_is_back(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    live.wire.says(None)
    assert await asyncio.wait_for(live.stream, 5) is StreamEnd.LOST
    live.house.call.line_lost()
    live.house.call.rtvi.leave(live.anna)
    await live.house.call.task.flush_pipeline()
    assert live.said == []
    live.wire = Wire()
    live.stream = live.house.connect(live.wire)
    await live.until_said("assistant: Sorry, we were cut off. Shall we go on?")


async def test_a_microphone_that_is_too_fast_is_bounded(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    before = live.played_secs()
    for _ in range(200):
        live.anna.speaks(babble(100))
    assert await live.anna.does("call:hand_back") is True
    await live.until_said(QUESTION)
    question_secs = 0.1
    assert live.played_secs() - before - question_secs == pytest.approx(AHEAD_SECS + MOST_WAITING_SECS, abs=0.15)


async def test_the_end_of_the_call_is_the_end_of_it(live: Live) -> None:
    assert await live.anna.does("call:take_over") is True
    await live.house.call.finish("abandoned", "the caller hung up")
    live.anna.speaks(babble(100))
    live.house.call.rtvi.leave(live.anna)
    assert live.said == []
    assert live.holders() == ["anna"]
    assert live.house.told[-1].name == "call.ended"
