"""Messages left on a call without a carrier: what is on the disk is compared with what the caller said."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.audio.tones import silence
from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.call import StreamEnd
from appliance.call.message_taker import BEEP, MessageTaker
from appliance.call.transports import CarrierTransport
from appliance.frames import InterruptionFrame, MessageTakenFrame, MessageWaitsFrame, TakeMessageFrame, WantedMessage
from tests.call.drawer import Drawer, drawer
from tests.call.lines import SPEECH, TURN, House, Wire, speaks_anew
from tests.pipeline.rig import Rig

PLAN = """\
name: Plan
numbers: ["+15555550100"]
turn: {no_input_secs: 60}
fallback: {say: We have a technical problem., transfer: "+15555550199"}
steps:
  message:
    message: {say: Please leave a message., silence_secs: 2, max_secs: 20, notify: office@example.com}
    save_as: left
    next: thanks
    nothing: nobody
  thanks: {hang_up: "Thank you for {{ left.secs }} seconds."}
  nobody: {hang_up: You have said nothing.}
"""

HEARD = ulaw_to_pcm(pcm_to_ulaw(SPEECH))
"""What is left of the caller's voice on a telephone line."""


class Left:
    """A call that takes a message, and what it keeps."""

    def __init__(self, house: House, wire: Wire, box: Drawer) -> None:
        self.house, self.wire, self.box = house, wire, box
        self.stream = house.connect(wire)

    @property
    def recording(self) -> list[bool]:
        """What the house was told of recording, in order."""
        changes = [getattr(event, "changes", {}) for event in self.house.told]
        return [change["recording"] for change in changes if "recording" in change]

    @property
    def played(self) -> bytes:
        """What the caller was given to hear."""
        media = [message["media"]["payload"] for message in self.wire.sent if message["event"] == "media"]
        return b"".join(map(b64decode, media))

    async def beeped(self, times: int = 1) -> None:
        """Waits until the caller may speak."""
        await self.house.until(lambda: self.recording.count(True) == times)

    async def over(self) -> StreamEnd:
        """Waits for the end of the call."""
        end = await asyncio.wait_for(self.stream, 10)
        await self.house.call.finish("completed", "test")
        await self.box.settled()
        await self.box.sounds.in_thread(lambda: None)
        return end


@asynccontextmanager
async def calling(
    tmp_path: Path, plan: str = PLAN, *, speaks_secs: float = 0.1, returns_marks: bool = True, **settings: Any
) -> AsyncIterator[Left]:
    async with drawer(tmp_path, **settings) as box:
        left = Left(
            House(tmp_path, plan=plan, keeper=box, speaks_secs=speaks_secs), Wire(returns_marks=returns_marks), box
        )
        try:
            yield left
        finally:
            left.stream.cancel()
            await left.house.call.finish("failed", "the test is over")
            await asyncio.gather(left.stream, return_exceptions=True)


async def test_a_message_is_kept_as_it_was_spoken_until_the_caller_is_silent(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.speaks(SPEECH + silence(2.5, 8000))
        assert await left.over() is StreamEnd.ENDED
        (about,) = left.box.kept
        sound = left.box.heard(about)
        assert sound.pcm[: len(HEARD)] == HEARD
        assert (sound.rate_hz, sound.channels) == (8000, 1)
        assert 1.5 <= sound.secs - len(SPEECH) / 16_000 < 2.5
        known = {name: about[name] for name in ("call_id", "name", "number", "caller", "called", "dialplan", "notify")}
        assert known == {
            "call_id": "CA1",
            "name": "message-1",
            "number": 1,
            "caller": "+15555550123",
            "called": "+15555550100",
            "dialplan": "Plan",
            "notify": ["office@example.com"],
        }
        assert (about["ended_by"], about["transcribe"], about["secs"]) == ("silence", False, sound.secs)
        assert left.house.said()[-1] == f"assistant: Thank you for {round(sound.secs, 1)} seconds."
        assert left.recording == [True, False]


async def test_the_caller_hears_the_announcement_then_the_beep_and_then_nothing(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        sent = len(left.wire.sent)
        beep = pcm_to_ulaw(BEEP)
        assert left.played.endswith(beep)
        assert len(left.played) > len(beep) + 500
        left.wire.speaks(SPEECH + silence(1, 8000))
        await left.house.until(lambda: left.wire._messages.empty())
        assert len(left.wire.sent) == sent


async def test_the_key_ends_a_message(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.speaks(SPEECH + silence(1, 8000))
        left.wire.says({"event": "dtmf", "dtmf": {"digit": "5"}})
        left.wire.says({"event": "dtmf", "dtmf": {"digit": "#"}})
        assert await left.over() is StreamEnd.ENDED
        assert [about["ended_by"] for about in left.box.kept] == ["key"]
        assert left.box.heard(left.box.kept[0]).secs == pytest.approx(len(SPEECH) / 16_000 + 1, abs=0.02)


async def test_a_message_is_no_longer_than_the_dialplan_says(tmp_path: Path) -> None:
    async with calling(tmp_path, PLAN.replace("max_secs: 20", "max_secs: 5")) as left:
        await left.beeped()
        left.wire.speaks((SPEECH + silence(1, 8000)) * 12)
        assert await left.over() is StreamEnd.ENDED
        assert [about["ended_by"] for about in left.box.kept] == ["longest"]
        assert left.box.heard(left.box.kept[0]).secs == pytest.approx(5, abs=0.02)


async def test_who_says_nothing_leaves_no_message_and_no_file(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.speaks(silence(2.5, 8000))
        assert await left.over() is StreamEnd.ENDED
        assert left.house.said()[-1] == "assistant: You have said nothing."
        assert (left.box.kept, left.box.files, left.recording) == ([], [], [True, False])


Gone = Callable[[Left], Any]


@pytest.mark.parametrize(
    ("leaves", "why"),
    [
        (lambda left: left.wire.says({"event": "stop", "stop": {}}), "hang-up"),
        (lambda left: left.wire.says(None), "line lost"),
    ],
    ids=["hangs up", "is cut off"],
)
async def test_what_was_said_before_the_caller_was_gone_is_kept(tmp_path: Path, leaves: Gone, why: str) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.speaks(SPEECH)
        leaves(left)
        end = await asyncio.wait_for(left.stream, 5)
        if end is StreamEnd.LOST:
            left.house.call.line_lost()
            await left.house.until(lambda: len(left.box.kept) == 1)
        await left.house.call.finish("abandoned", "the caller hung up")
        await left.box.settled()
        (about,) = left.box.kept
        assert about["ended_by"] == why
        assert left.box.heard(about).pcm == HEARD


@pytest.mark.parametrize("over", ["the announcement", "the beep"])
async def test_who_speaks_over_the_bot_is_recorded_from_the_first_word(tmp_path: Path, over: str) -> None:
    """A carrier that returns marks at once has played everything; one that returns none plays by the clock."""
    async with calling(tmp_path, speaks_secs=4, returns_marks=over == "the beep") as left:
        await left.house.until(lambda: left.house.call.transport.output().playout.position > 1.5)  # the first word
        for start in range(0, len(SPEECH), 320):  # As the call hears it: piece by piece.
            left.wire.speaks(SPEECH[start : start + 320])
            await left.house.until(lambda: left.wire._messages.empty() and left.house.call.task.inbox._idle.is_set())
        left.wire.speaks(silence(2.5, 8000))
        await left.house.until(lambda: len(left.box.kept) == 1)
        (about,) = left.box.kept
        assert HEARD in left.box.heard(about).pcm
        assert (pcm_to_ulaw(BEEP) in left.played) is (over == "the beep")


async def test_a_line_that_is_back_hears_where_its_message_is(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.speaks(SPEECH)
        left.wire.says(None)
        await asyncio.wait_for(left.stream, 5)
        left.house.call.line_lost()
        await left.house.until(lambda: len(left.box.kept) == 1)
        left.wire = Wire()
        left.stream = left.house.connect(left.wire)
        assert await left.over() is StreamEnd.ENDED
        assert left.house.said()[-1].startswith("assistant: Thank you for")
        assert any("cut off" in said for said in left.house.said())


async def test_a_line_that_is_back_before_anything_was_said_is_asked_again(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.beeped()
        left.wire.says(None)
        await asyncio.wait_for(left.stream, 5)
        left.house.call.line_lost()
        left.wire = Wire()
        left.stream = left.house.connect(left.wire)
        await left.beeped(2)
        left.wire.speaks(SPEECH + silence(2.5, 8000))
        assert await left.over() is StreamEnd.ENDED
        assert [about["name"] for about in left.box.kept] == ["message-2"]


async def test_without_room_the_caller_hears_an_apology_and_the_operator_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with calling(tmp_path, min_free_megabytes=10**9) as left:
        await left.beeped()
        await left.box.sounds.in_thread(lambda: None)
        left.wire.speaks(SPEECH + silence(1, 8000))
        assert await left.over() is StreamEnd.ENDED
        assert left.house.said()[-1] == "assistant: I am sorry, I cannot record a message now."
        assert left.house.call.ending is not None
        assert left.house.call.ending.transfer_to == "+15555550199"
        told = [line for line in caplog.records if "cannot be recorded" in line.message]
        assert [line.__dict__["call_id"] for line in told] == ["CA1"]


async def test_no_caller_waits_for_an_answer_while_leaving_a_message(tmp_path: Path) -> None:
    """Nobody says anything between the pauses of a message."""
    async with calling(tmp_path) as left:
        await left.beeped()
        said = len(left.house.said())
        left.wire.speaks((SPEECH + silence(1.2, 8000)) * 4)
        await left.house.until(lambda: left.wire._messages.empty())
        assert [one for one in left.house.said()[said:] if one.startswith("assistant")] == []
        assert left.house.call._dead_air._timer is None


async def test_after_a_cough_the_rest_of_the_announcement_is_heard_and_the_message_begins_anew(tmp_path: Path) -> None:
    """What the dialogue tells the recorder then: that the message waits, and, after the rest, to begin once more."""
    async with drawer(tmp_path) as box:
        transport = CarrierTransport(VADAnalyzer(), TurnTaking(TurnParams()), marks=False)
        told: list[bool] = []
        taker = MessageTaker(transport, box, {"call_id": "CA1"}, told.append)
        wanted = WantedMessage(beep=False, silence_secs=1)
        async with Rig(transport.input(), transport.output(), taker) as rig:
            await rig.send(InterruptionFrame(by_voice=True), TakeMessageFrame(wanted))
            taker._hear(silence(0.5, 8000))
            await rig.send(MessageWaitsFrame())
            taker._hear(silence(5, 8000))
            assert (told, [type(frame).__name__ for frame in rig.up]) == ([True, False], [])
            await rig.send(TakeMessageFrame(wanted))
            said = SPEECH + silence(1.5, 8000)
            for start in range(0, len(said), 320):
                transport.input().receive_audio(said[start : start + 320])
            await rig.until(lambda: len(rig.up) == 1)
            (over,) = rig.up
            assert isinstance(over, MessageTakenFrame)
            assert (over.ended_by, over.result is not None, told) == ("silence", True, [True, False, True, False])
        await box.settled()
        assert [about["name"] for about in box.kept] == ["message-2"]


GREETING = PLAN.replace("turn:", "greeting: Good evening. We are closed.\nturn:")


async def test_who_speaks_over_the_greeting_is_told_of_the_message_before_leaving_one(tmp_path: Path) -> None:
    async with calling(tmp_path, GREETING, speaks_secs=20, returns_marks=False) as left:
        await left.house.until(lambda: left.house.call.transport.output().is_speaking)
        for start in range(0, len(TURN), 320):
            left.wire.speaks(TURN[start : start + 320])
            await left.house.until(lambda: left.wire._messages.empty() and left.house.call.task.inbox._idle.is_set())
        await left.house.until(lambda: speaks_anew(left.wire))
        assert (left.recording, left.box.kept) == ([], [])
        assert [said for said in left.house.said() if said.startswith("user")] == ["user: yes"]
        steps = left.house.call._dialogue.facts()["steps"]
        assert steps == ["message", "message"]
