"""The hub learns from a call's own frames who speaks and what was said and heard, once each."""

from collections.abc import Sequence
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    TranscriptionFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection, FrameProcessor, FramePushed
from appliance.settings import SupervisionSettings
from appliance.supervision.calls import CallView
from appliance.supervision.hub import Hub
from appliance.supervision.observer import CallObserver
from tests.supervision.desk import CALL, WALL, Bot


class Output(FrameProcessor):
    """Where frames come from that the caller has heard."""

    plays_audio = True


class Call:
    """An observed call without a pipeline: frames are shown to the observer as the pipeline shows them."""

    def __init__(self) -> None:
        self.clock = ManualClock(WALL)
        self.hub = Hub(SupervisionSettings(), self.clock)
        bot: Any = Bot()
        self.hub.call_started(CallView("CA1", CALL["from"], CALL["to"], "reception", WALL, bot))
        self.observer: CallObserver = self.hub.observer("CA1")
        self.early, self.output = FrameProcessor(), Output()

    async def passes(self, *frames: Frame) -> None:
        """Each frame passes two processors and then the output."""
        for frame in frames:
            for source in (self.early, self.early, self.output):
                pushed = FramePushed(source, source, frame, FrameDirection.DOWNSTREAM, 0)
                await self.observer.on_push_frame(pushed)

    @property
    def summary(self) -> dict[str, Any]:
        return self.hub.summaries()[0]

    @property
    def lines(self) -> list[dict[str, Any]]:
        watched: Any = self.hub.subject("CA1")
        return [
            {k: v for k, v in line.as_dict().items() if k not in ("at", "segment_id")} for line in watched.call.lines
        ]


@pytest.fixture
async def call() -> Call:
    return Call()


@pytest.mark.parametrize(
    ("frames", "fact", "value"),
    [
        ([UserStartedSpeakingFrame()], "speaking", "caller"),
        ([UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()], "speaking", None),
        ([BotStartedSpeakingFrame()], "speaking", "bot"),
        ([BotStartedSpeakingFrame(), BotStoppedSpeakingFrame()], "speaking", None),
        ([UserMuteStartedFrame()], "muted", True),
        ([UserMuteStartedFrame(), UserMuteStoppedFrame()], "muted", False),
    ],
)
async def test_frames_become_facts(call: Call, frames: Sequence[Frame], fact: str, value: object) -> None:
    await call.passes(*frames)
    assert call.summary == CALL | {fact: value}


async def test_the_latency_is_from_the_callers_last_word_to_the_bots_first(call: Call) -> None:
    await call.passes(UserStoppedSpeakingFrame())
    call.clock.advance(0.412)
    await call.passes(BotStartedSpeakingFrame())
    assert call.summary["latency_ms"] == 412
    call.clock.advance(9)
    await call.passes(BotStoppedSpeakingFrame(), BotStartedSpeakingFrame())
    assert call.summary["latency_ms"] == 412


async def test_what_the_caller_says_or_presses_is_a_line_once(call: Call) -> None:
    await call.passes(InterimTranscriptionFrame("where"), TranscriptionFrame("where is it"))
    await call.passes(LLMContextFrame(LLMContext()), LLMContextFrame(LLMContext(), keys="42#"))
    assert call.lines == [{"who": "caller", "text": "where is it"}, {"who": "caller", "text": "42#", "keys": True}]


async def test_the_bots_words_are_a_line_when_they_are_played_and_grow_as_they_are_heard(call: Call) -> None:
    segment = AggregatedTextFrame("Hello there.")
    pushed = FramePushed(call.early, call.output, segment, FrameDirection.DOWNSTREAM, 0)
    await call.observer.on_push_frame(pushed)
    assert call.lines == []
    await call.passes(segment, TTSTextFrame("Hello"))
    assert call.lines == [{"who": "bot", "text": "Hello there.", "spoken": ""}]
    await call.passes(AggregatedTextProgressFrame(segment, "Hello ", "there."))
    assert call.lines == [{"who": "bot", "text": "Hello there.", "spoken": "Hello "}]
    await call.passes(AggregatedTextProgressFrame(AggregatedTextFrame("old"), "o", "ld"))
    assert call.lines == [{"who": "bot", "text": "Hello there.", "spoken": "Hello "}]


async def test_an_interruption_marks_only_what_was_not_heard_to_its_end(call: Call) -> None:
    first, second = AggregatedTextFrame("One."), AggregatedTextFrame("Two three.")
    await call.passes(first, AggregatedTextProgressFrame(first, "One.", ""), InterruptionFrame())
    # The output tells what was heard in the middle of the interruption, which others have seen by then.
    await call.passes(second)
    interruption = InterruptionFrame()
    for source, frame in (
        (call.early, interruption),
        (call.output, AggregatedTextProgressFrame(second, "Two ", "three.")),
        (call.output, interruption),
    ):
        await call.observer.on_push_frame(FramePushed(source, source, frame, FrameDirection.DOWNSTREAM, 0))
    await call.passes(InterruptionFrame())
    assert call.lines == [
        {"who": "bot", "text": "One.", "spoken": "One."},
        {"who": "bot", "text": "Two three.", "spoken": "Two ", "interrupted": True},
    ]


async def test_what_is_not_spoken_is_never_cut(call: Call) -> None:
    await call.passes(AggregatedTextFrame("a note", will_be_spoken=False), InterruptionFrame())
    assert call.lines == [{"who": "bot", "text": "a note"}]


async def test_no_word_needs_to_be_followed_for_it(call: Call) -> None:
    assert call.observer.active is False
