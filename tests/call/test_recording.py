"""Recorded calls without a carrier: what is on the disk is compared with what was said on both sides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.audio.tones import silence, tone
from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.audio.wav import interleave
from appliance.call import StreamEnd
from appliance.call.recording import CallRecording
from appliance.call.transports import CarrierTransport
from appliance.clock import ManualClock
from appliance.frames import CancelFrame, RecordingAnnouncedFrame, RecordingPausedFrame, RecordingResumedFrame
from tests.call.drawer import Drawer, drawer
from tests.call.lines import SPEECH, TURN, House, Wire
from tests.call.test_message_taker import Left
from tests.pipeline.rig import Rig

PLAN = """\
name: Plan
numbers: ["+15555550100"]
greeting: Welcome.
recording: {announce: This call is recorded.}
turn: {no_input_secs: 60}
steps:
  question: {ask: Shall we go on?, yes_no: {yes: done, no: done}, otherwise: done}
  done: {hang_up: Goodbye.}
"""
HEARD = ulaw_to_pcm(pcm_to_ulaw(SPEECH))


class Line:
    """Takes what the bot says."""

    def play(self, pcm: bytes) -> None:
        """See Line."""

    def clear(self) -> None:
        """See Line."""


class Recorded:
    """A recording by itself: the caller's audio in, the bot's audio out, and a clock by hand."""

    def __init__(self, box: Drawer, **options: Any) -> None:
        self.clock = ManualClock()
        self.box = box
        self.told: list[bool] = []
        self.transport = CarrierTransport(VADAnalyzer(), TurnTaking(TurnParams()), marks=False, clock=self.clock)
        self.transport.output().line = Line()  # type: ignore[assignment]
        about = {"call_id": "CA1"}
        options = {"announced": False, **options}
        self.part = CallRecording(self.transport, box, about, self.told.append, clock=self.clock, **options)
        self.rig = Rig(self.part)

    def hear(self, pcm: bytes) -> None:
        """The caller's line brings this, in 20 ms pieces, while time passes."""
        for start in range(0, len(pcm), 320):
            piece = pcm[start : start + 320]
            self.part._hear(piece)
            self.clock.advance(len(piece) / 16_000)

    def say(self, pcm: bytes) -> None:
        """The bot gives this to the carrier at once."""
        self.transport.output().write_audio(pcm)

    async def kept(self) -> tuple[bytes, bytes]:
        """Ends it: what was recorded of both."""
        await self.rig.send(CancelFrame())
        await self.box.settled()
        (about,) = self.box.kept
        wav = self.box.heard(about)
        assert wav.channels == 2
        frames = [wav.pcm[at : at + 4] for at in range(0, len(wav.pcm), 4)]
        return b"".join(one[:2] for one in frames), b"".join(one[2:] for one in frames)


@asynccontextmanager
async def recorded(tmp_path: Path, **options: Any) -> AsyncIterator[Recorded]:
    async with drawer(tmp_path) as box:
        one = Recorded(box, **options)
        async with one.rig:
            yield one


CALLER = tone((300,), 1.0)
BOT = tone((700,), 0.5)


async def test_what_is_said_at_the_same_time_lies_side_by_side(tmp_path: Path) -> None:
    async with recorded(tmp_path) as call:
        await call.rig.send(RecordingAnnouncedFrame())
        call.hear(silence(0.1))
        call.say(BOT)
        call.hear(CALLER)
        caller, bot = await call.kept()
    assert caller == silence(0.1) + CALLER
    assert bot == silence(0.1) + BOT + silence(0.5)


async def test_what_was_given_to_the_carrier_before_is_recorded_as_far_as_it_is_still_to_be_heard(
    tmp_path: Path,
) -> None:
    async with recorded(tmp_path) as call:
        call.say(BOT)
        call.hear(silence(0.2))
        await call.rig.send(RecordingAnnouncedFrame())
        call.hear(silence(0.5))
        _, bot = await call.kept()
    assert bot == BOT[3200:] + silence(0.2)


async def test_what_a_clear_cuts_off_was_never_heard(tmp_path: Path) -> None:
    async with recorded(tmp_path) as call:
        await call.rig.send(RecordingAnnouncedFrame())
        call.say(BOT)
        call.hear(silence(0.2))
        call.transport.output().write_clear()
        call.hear(silence(0.2))
        _, bot = await call.kept()
    assert bot == BOT[:3200] + silence(0.2)


async def test_a_gap_on_the_line_is_a_gap_in_the_recording(tmp_path: Path) -> None:
    async with recorded(tmp_path) as call:
        await call.rig.send(RecordingAnnouncedFrame())
        call.hear(CALLER)
        call.clock.advance(5.0)
        call.hear(CALLER)
        caller, _ = await call.kept()
    assert caller == CALLER + silence(5.0) + CALLER


async def test_what_is_left_out_is_silence_of_the_same_length(tmp_path: Path) -> None:
    async with recorded(tmp_path) as call:
        await call.rig.send(RecordingAnnouncedFrame())
        call.hear(CALLER)
        await call.rig.send(RecordingPausedFrame())
        call.say(BOT)
        call.hear(CALLER)
        await call.rig.send(RecordingResumedFrame())
        call.hear(CALLER)
        caller, bot = await call.kept()
    assert caller == CALLER + silence(1.0) + CALLER
    assert bot == silence(3.0)
    assert call.told == [True, False, True, False]


async def test_without_a_word_about_it_nothing_is_recorded(tmp_path: Path) -> None:
    async with recorded(tmp_path) as call:
        call.hear(CALLER)
        await call.rig.send(CancelFrame())
    assert (call.box.kept, call.told) == ([], [])


async def test_both_in_one_channel_are_added(tmp_path: Path) -> None:
    async with recorded(tmp_path, stereo=False) as call:
        await call.rig.send(RecordingAnnouncedFrame())
        call.say(BOT)
        call.hear(silence(0.5))
        call.hear(CALLER)
        await call.rig.send(CancelFrame())
        await call.box.settled()
        assert call.box.heard(call.box.kept[0]).pcm == BOT + CALLER


async def test_a_disk_that_fails_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    async with drawer(tmp_path, max_megabytes=1) as box:
        call = Recorded(box)
        async with call.rig:
            await call.rig.send(RecordingAnnouncedFrame())
            for _ in range(50):
                call.hear(silence(1.0))
                await box.sounds.in_thread(lambda: None)
            assert call.told == [True, False, False]
            await box.settled()
    assert 20 < box.kept[0]["secs"] < 35


@asynccontextmanager
async def calling(tmp_path: Path, plan: str = PLAN, **options: Any) -> AsyncIterator[Left]:
    async with drawer(tmp_path) as box:
        left = Left(House(tmp_path, plan=plan, keeper=box, **options), Wire(), box)
        try:
            yield left
        finally:
            left.stream.cancel()
            await left.house.call.finish("failed", "the test is over")
            await asyncio.gather(left.stream, return_exceptions=True)


async def test_a_call_is_recorded_from_after_its_announcement_to_its_end(tmp_path: Path) -> None:
    async with calling(tmp_path) as left:
        await left.house.asked()
        assert left.recording == [True]
        left.wire.speaks(TURN)
        assert await left.over() is StreamEnd.ENDED
        assert left.house.said()[0] == "assistant: This call is recorded. Welcome. Shall we go on?"
        (about,) = left.box.kept
        assert (about["name"], about["ended_by"], left.recording) == ("recording", "hang-up", [True, False])
        sound = left.box.heard(about)
        assert sound.channels == 2
        assert interleave(HEARD, b"")[::4] in sound.pcm[::4]


async def test_who_interrupts_the_announcement_hears_it_again_before_anything_is_recorded(tmp_path: Path) -> None:
    async with drawer(tmp_path) as box:
        house, wire = House(tmp_path, plan=PLAN, keeper=box, speaks_secs=20), Wire(returns_marks=False)
        left = Left(house, wire, box)
        await house.until(lambda: house.call.transport.output().is_speaking)
        wire.speaks(TURN)
        await house.until(lambda: wire.events().count("clear") == 1 and wire.events()[-1] == "mark")
        assert left.recording == []
        texts = [frame for frame in house.said() if "assistant" in frame]
        assert texts == []
        left.stream.cancel()
        await house.call.finish("failed", "the test is over")
        await asyncio.gather(left.stream, return_exceptions=True)
        assert box.kept == []


async def test_where_nothing_is_to_be_said_a_call_is_recorded_from_its_start(tmp_path: Path) -> None:
    plan = PLAN.replace("announce: This call is recorded.", 'announce: ""')
    async with calling(tmp_path, plan) as left:
        await left.house.asked()
        assert left.house.said()[0] == "assistant: Welcome. Shall we go on?"
        left.wire.speaks(TURN)
        await left.over()
        assert [about["name"] for about in left.box.kept] == ["recording"]


@pytest.mark.parametrize("step", ["pause", "resume"])
async def test_steps_of_the_dialplan_leave_something_out(tmp_path: Path, step: str) -> None:
    steps = f"steps:\n  first: {{recording: {step}, next: question}}\n"
    async with calling(tmp_path, PLAN.replace("steps:\n", steps)) as left:
        await left.house.asked()
        left.wire.speaks(TURN)
        await left.over()
        sound = left.box.heard(left.box.kept[0])
        assert (sound.pcm.strip(b"\0") == b"") is (step == "pause")
