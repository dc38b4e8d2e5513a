"""The hub learns from a call's own frames who speaks and what the call waits for."""

from collections.abc import Sequence
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    LineBackFrame,
    LLMContext,
    LLMContextFrame,
    NoInputFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection, FrameProcessor, FramePushed, Inbox
from appliance.settings import SupervisionSettings
from appliance.supervision.calls import CallView
from appliance.supervision.hub import Hub
from appliance.supervision.observer import CallObserver
from tests.supervision.desk import CALL, SUPERVISOR, WALL, Bot


class Call:
    """An observed call without a pipeline: frames are shown to the observer as the pipeline shows them."""

    def __init__(self) -> None:
        self.clock = ManualClock(WALL)
        self.hub = Hub(SupervisionSettings(), self.clock)
        bot: Any = Bot(self.clock)
        self.hub.call_started(CallView("CA1", CALL["from"], CALL["to"], "reception", WALL, bot))
        self.observer: CallObserver = self.hub.observer("CA1")
        self.source = FrameProcessor()
        self.source.inbox = Inbox("CA1")

    async def passes(self, *frames: Frame) -> None:
        """Each frame passes three processors."""
        for frame in frames:
            for _ in range(3):
                pushed = FramePushed(self.source, self.source, frame, FrameDirection.DOWNSTREAM, 0)
                await self.observer.on_push_frame(pushed)

    @property
    def summary(self) -> dict[str, Any]:
        return self.hub.house.summaries(SUPERVISOR)[0]

    @property
    def waits_for(self) -> str | None:
        waits = self.summary["waits"]
        return waits and str(waits["for"])


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
        ([BotStartedSpeakingFrame(), UserStartedSpeakingFrame()], "speaking", "caller"),
        ([BotStartedSpeakingFrame(), UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()], "speaking", "bot"),
        ([UserMuteStartedFrame()], "muted", True),
        ([UserMuteStartedFrame(), UserMuteStoppedFrame()], "muted", False),
    ],
)
async def test_frames_become_facts(call: Call, frames: Sequence[Frame], fact: str, value: object) -> None:
    await call.passes(*frames)
    assert call.summary[fact] == value


async def test_the_latency_is_from_the_callers_last_word_to_the_bots_first(call: Call) -> None:
    await call.passes(UserStoppedSpeakingFrame())
    call.clock.advance(0.412)
    await call.passes(BotStartedSpeakingFrame())
    assert call.summary["latency_ms"] == 412
    call.clock.advance(9)
    await call.passes(BotStoppedSpeakingFrame(), BotStartedSpeakingFrame())
    assert call.summary["latency_ms"] == 412


async def test_a_call_waits_for_the_greeting_then_for_the_caller_then_for_the_answer(call: Call) -> None:
    assert call.waits_for == "engine"
    await call.passes(BotStartedSpeakingFrame())
    assert call.waits_for is None
    await call.passes(BotStoppedSpeakingFrame())
    assert call.waits_for == "caller"
    await call.passes(UserStartedSpeakingFrame())
    assert call.waits_for is None
    call.clock.advance(3)
    await call.passes(UserStoppedSpeakingFrame())
    assert call.summary["waits"] == {"for": "engine", "since": "2027-01-15T08:00:03.000Z"}


async def test_a_pause_within_a_reply_is_no_question(call: Call) -> None:
    number = call.source.inbox.replies.begin()
    await call.passes(BotStartedSpeakingFrame(), BotStoppedSpeakingFrame())
    assert call.waits_for == "engine"
    call.source.inbox.replies.finish(number)
    await call.passes(BotStartedSpeakingFrame(), BotStoppedSpeakingFrame())
    assert call.waits_for == "caller"


@pytest.mark.parametrize(
    ("frame", "waits_for"),
    [
        (InputDTMFFrame("1"), "engine"),
        (NoInputFrame(), "engine"),
        (LineBackFrame(), "engine"),
        (LLMContextFrame(LLMContext()), "engine"),
        (LLMContextFrame(LLMContext(), audio_response=False), "caller"),
    ],
)
async def test_what_asks_the_dialogue_for_words_makes_it_the_bots_turn(
    call: Call, frame: Frame, waits_for: str
) -> None:
    await call.passes(BotStartedSpeakingFrame(), BotStoppedSpeakingFrame(), frame)
    assert call.waits_for == waits_for


@pytest.mark.parametrize(
    "end", [FunctionCallResultFrame("approve", "t1", {}, "yes"), FunctionCallCancelFrame("approve", "t1")]
)
async def test_a_supervised_function_is_waited_for_whoever_speaks(call: Call, end: Frame) -> None:
    await call.passes(FunctionCallInProgressFrame("look_up", "t0", {}))
    assert call.waits_for == "engine"
    await call.passes(BotStartedSpeakingFrame(), FunctionCallInProgressFrame("approve", "t1", {}, by_client=True))
    assert call.waits_for == "function"
    await call.passes(BotStoppedSpeakingFrame())
    assert call.waits_for == "function"
    await call.passes(end)
    assert call.waits_for == "caller"


async def test_no_word_needs_to_be_followed_for_it(call: Call) -> None:
    assert call.observer.active is False
