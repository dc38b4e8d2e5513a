from collections.abc import AsyncIterator

import pytest

from appliance.dialogue.aggregators import ContextAggregatorPair
from appliance.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CutReplyFrame,
    ExpectedAnswersFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    KeysAhead,
    LineBackFrame,
    LineLostFrame,
    LLMContext,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    NoInputFrame,
    NoMatchFrame,
    ResumeFrame,
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
    hints = ()

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


@pytest.mark.parametrize("heard", [TranscriptionFrame("a colour"), NoMatchFrame(voice_secs=3.0)], ids=["words", "none"])
@pytest.mark.parametrize("is_cut", [True, False])
async def test_what_began_before_the_question_is_no_answer_to_it_and_what_it_cut_off_is_said(
    collecting: Collecting, heard: Frame, is_cut: bool
) -> None:
    await collecting.from_below(ExpectedAnswersFrame(KeysAhead()))
    await collecting.rig.send(UserStartedSpeakingFrame())
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    cut = CutReplyFrame([AggregatedTextFrame("Which one?")], True)
    if is_cut:
        await collecting.from_below(cut)
    spoken = [heard, UserStoppedSpeakingFrame()]
    await collecting.rig.send(*(spoken if isinstance(heard, TranscriptionFrame) else reversed(spoken)))
    await collecting.rig.send(TimerFrame("resume"))
    assert collecting.asked() == []
    assert [frame.cut for frame in collecting.rig.down if isinstance(frame, ResumeFrame)] == [cut] * is_cut
    assert not any(isinstance(frame, NoMatchFrame) for frame in collecting.rig.down)
    await collecting.rig.send(UserStartedSpeakingFrame(), TranscriptionFrame("four"), UserStoppedSpeakingFrame())
    assert collecting.asked() == [("four", None)]


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


async def waiting_for_four_digits(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.from_below(BotStoppedSpeakingFrame())


async def test_keys_that_have_begun_are_waited_for_though_somebody_speaks(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    await collecting.rig.send(InputDTMFFrame("4"), UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    await collecting.from_below(BotStartedSpeakingFrame())
    await collecting.rig.send(TimerFrame("keys"))
    assert collecting.asked() == [("4", "4")]


async def test_speech_takes_the_place_of_keys_that_have_begun(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    await collecting.rig.send(InputDTMFFrame("4"), TranscriptionFrame("four seven one one"))
    await collecting.rig.send(TimerFrame("keys"))
    assert collecting.asked() == [("four seven one one", None)]
    await collecting.from_below(BotStoppedSpeakingFrame())
    assert collecting.user._timer is not None


async def test_a_line_that_is_lost_takes_half_an_answer_with_it(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    await collecting.rig.send(UserStartedSpeakingFrame(), TranscriptionFrame("four"), InputDTMFFrame("4"))
    await collecting.rig.send(LineLostFrame(), LineBackFrame(), InputDTMFFrame("7"), UserStoppedSpeakingFrame())
    assert collecting.asked() == []
    await collecting.rig.send(TimerFrame("keys"))
    assert collecting.asked() == [("7", "7")]


async def test_a_timer_that_was_called_off_too_late_does_nothing(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    await collecting.rig.send(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame(), TimerFrame("no input"))
    assert "NoInputFrame" not in collecting.rig.names()


async def test_a_caller_is_not_asked_why_he_is_silent_while_the_bot_thinks(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(TimerFrame("no input"))
    assert "NoInputFrame" not in collecting.rig.names()
    collecting.rig.inbox.replies.finish(1)
    await collecting.rig.send(TimerFrame("no input"))
    assert collecting.rig.names()[-1] == "NoInputFrame"


async def test_an_answer_voids_the_reply_that_it_does_not_answer(collecting: Collecting) -> None:
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(TranscriptionFrame("yes"))
    assert collecting.rig.names() == ["InterruptionFrame", "LLMContextFrame"]


async def test_a_reply_that_begins_in_the_moment_the_caller_speaks_is_cut_off(collecting: Collecting) -> None:
    interruption, turn = InterruptionFrame(), UserStartedSpeakingFrame()
    await collecting.rig.send(interruption)
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(turn)
    assert collecting.rig.names() == ["InterruptionFrame", "InterruptionFrame", "UserStartedSpeakingFrame"]


async def test_what_was_not_understood_does_not_matter_when_keys_were_quicker(collecting: Collecting) -> None:
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(NoMatchFrame())
    assert collecting.rig.names() == []


async def test_a_text_to_be_answered_comes_after_what_was_heard_of_the_bot(collecting: Collecting) -> None:
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(LLMMessagesAppendFrame([{"role": "user", "content": "hello"}], run_llm=True))
    assert collecting.rig.names() == ["InterruptionFrame", "LLMContextFrame"]


async def test_a_question_that_nobody_speaks_is_not_waited_for_without_end(collecting: Collecting) -> None:
    await collecting.from_below(ExpectedAnswersFrame(FourDigits()))
    await collecting.rig.send(TimerFrame("no input"))
    assert any(isinstance(frame, NoInputFrame) for frame in collecting.rig.down)


async def test_nobody_is_waited_for_once_nothing_is_asked_any_more(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    await collecting.from_below(ExpectedAnswersFrame(None))
    assert collecting.user._timer is None


async def test_a_changed_patience_counts_for_the_open_question_too(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    collecting.user.no_input_secs = 0.01
    await collecting.rig.until(lambda: any(isinstance(frame, NoInputFrame) for frame in collecting.rig.down))
    collecting.user.no_input_secs = 0.01
    assert (collecting.user.no_input_secs, collecting.user._timer) == (0.01, None)


async def test_text_in_the_callers_place_takes_the_place_of_keys_that_have_begun(collecting: Collecting) -> None:
    await waiting_for_four_digits(collecting)
    typed = LLMMessagesAppendFrame([{"role": "user", "content": "four seven one one"}], run_llm=True, by="anna")
    await collecting.rig.send(InputDTMFFrame("4"), typed)
    await collecting.rig.send(TimerFrame("keys"))
    assert collecting.asked() == [("four seven one one", None)]
    assert [frame.by for frame in collecting.rig.down if isinstance(frame, LLMContextFrame)] == ["anna"]


async def test_keys_in_the_callers_place_bear_the_name_of_who_pressed_them(collecting: Collecting) -> None:
    await collecting.rig.send(InputDTMFFrame("4", by="anna"), InputDTMFFrame("5"))
    frames = [frame for frame in collecting.rig.down if isinstance(frame, LLMContextFrame)]
    assert [(frame.keys, frame.by) for frame in frames] == [("4", "anna"), ("5", None)]


@pytest.mark.parametrize(
    "frame",
    [
        LLMMessagesUpdateFrame([{"role": "user", "content": "hello"}], run_llm=True),
        LLMMessagesAppendFrame([{"role": "user", "content": "hello"}], run_llm=True),
    ],
)
async def test_what_wants_an_answer_now_cuts_off_the_one_before(collecting: Collecting, frame: Frame) -> None:
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(frame)
    kinds = [type(one) for one in collecting.rig.down if not isinstance(one, type(frame))]
    assert kinds == [InterruptionFrame, LLMContextFrame]


async def test_a_new_context_takes_the_place_of_the_old_one(collecting: Collecting) -> None:
    new = [{"role": "system", "content": "be brief"}]
    await collecting.rig.send(LLMMessagesAppendFrame([{"role": "user", "content": "hi"}]), LLMMessagesUpdateFrame(new))
    assert collecting.context.messages == new
    assert not any(isinstance(frame, LLMContextFrame) for frame in collecting.rig.down)


async def test_an_answer_to_the_context_as_it_stands_waits_for_the_one_before(collecting: Collecting) -> None:
    collecting.rig.inbox.replies.begin()
    await collecting.rig.send(LLMRunFrame(audio_response=False))
    assert collecting.rig.names() == ["LLMContextFrame"]
