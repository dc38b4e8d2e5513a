from collections.abc import AsyncIterator

import pytest

from appliance.dialogue.aggregators import ContextAggregatorPair
from appliance.frames import (
    BotStoppedSpeakingFrame,
    ExpectedAnswersFrame,
    Frame,
    InputDTMFFrame,
    LineLostFrame,
    LLMContext,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    NoInputFrame,
    TimerFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from tests.pipeline.rig import Pass, Rig

UP = FrameDirection.UPSTREAM


class FourDigits:
    grammar = None

    def is_complete(self, text: str) -> bool:
        return False

    def keys_complete(self, keys: str) -> bool:
        return len(keys) == 4


class Collecting:
    def __init__(self) -> None:
        self.context = LLMContext()
        self.user = ContextAggregatorPair(self.context, no_input_secs=60).user()
        self.rig = Rig(Pass(), self.user)

    async def from_below(self, frame: Frame) -> None:
        self.rig.inbox.put(self.user, frame, UP)
        await self.rig.settle()

    def asked(self) -> list[tuple[str, str | None]]:
        """What the dialogue was asked: the last message each time, and the keys."""
        frames = [frame for frame in self.rig.down if isinstance(frame, LLMContextFrame)]
        contents = [message["content"] for message in self.context.messages]
        return [(content, frame.keys) for content, frame in zip(contents, frames, strict=True)]


@pytest.fixture
async def collecting() -> AsyncIterator[Collecting]:
    collecting = Collecting()
    async with collecting.rig:
        yield collecting


async def test_what_was_said_in_a_turn_goes_to_the_dialogue_when_it_is_over(collecting: Collecting) -> None:
    await collecting.rig.send(UserStartedSpeakingFrame(), TranscriptionFrame("yes please"))
    assert collecting.asked() == []
    await collecting.rig.send(UserStoppedSpeakingFrame())
    assert collecting.asked() == [("yes please", None)]


async def test_a_transcript_that_comes_after_the_turn_goes_to_the_dialogue_at_once(collecting: Collecting) -> None:
    await collecting.rig.send(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame(), TranscriptionFrame("yes"))
    assert collecting.asked() == [("yes", None)]


async def test_keys_are_collected_until_they_are_an_answer(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.rig.send(*(InputDTMFFrame(key) for key in "471"))
    assert collecting.asked() == []
    await collecting.rig.send(InputDTMFFrame("1"))
    assert collecting.asked() == [("4711", "4711")]


async def test_keys_that_stop_coming_are_taken_as_they_are(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.rig.send(InputDTMFFrame("4"), TimerFrame("keys"))
    assert collecting.asked() == [("4", "4")]


async def test_a_key_nobody_waits_for_is_told_at_once(collecting: Collecting) -> None:
    await collecting.rig.send(InputDTMFFrame("5"))
    assert collecting.asked() == [("5", "5")]


async def test_silence_after_a_question_is_no_input(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.from_below(BotStoppedSpeakingFrame())
    assert collecting.user._timer is not None
    await collecting.rig.send(TimerFrame("no input"))
    assert any(isinstance(frame, NoInputFrame) for frame in collecting.rig.down)


async def test_nobody_waits_for_input_when_nothing_was_asked(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(None))
    await collecting.from_below(BotStoppedSpeakingFrame())
    assert collecting.user._timer is None


async def test_speech_ends_the_wait_for_input(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.from_below(BotStoppedSpeakingFrame())
    await collecting.rig.send(UserStartedSpeakingFrame())
    assert collecting.user._timer is None


async def test_a_caller_whose_line_is_lost_is_not_asked_why_he_is_silent(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.rig.send(LineLostFrame())
    await collecting.from_below(BotStoppedSpeakingFrame())
    assert collecting.user._timer is None


async def test_messages_from_outside_are_appended_and_answered_if_wanted(collecting: Collecting) -> None:
    quiet = LLMMessagesAppendFrame([{"role": "system", "content": "be brief"}])
    typed = LLMMessagesAppendFrame([{"role": "user", "content": "hello"}], run_llm=True, audio_response=False)
    await collecting.rig.send(quiet, typed)
    frames = [frame for frame in collecting.rig.down if isinstance(frame, LLMContextFrame)]
    assert [frame.audio_response for frame in frames] == [False]
    assert [message["content"] for message in collecting.context.messages] == ["be brief", "hello"]
