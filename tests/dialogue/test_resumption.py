"""A bot that is interrupted by nobody goes on where it was cut off: the decision, and whole conversations."""

from pathlib import Path

import pytest

from appliance.audio.tones import silence
from appliance.audio.wav import mono_8k, read_wav
from appliance.dialogue.base import TurnKind
from appliance.dialogue.llm import FreeSpeech
from appliance.dialogue.resumption import LONGEST_NOISE_SECS, Resumption
from appliance.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    CutReplyFrame,
    Expectation,
    Frame,
    LineLostFrame,
    LLMMessagesAppendFrame,
    NoMatchFrame,
    ResumeFrame,
    StartFrame,
    TimerFrame,
    TranscriptionFrame,
)
from appliance.pipeline import FrameDirection
from tests.dialogue.callers import NODS, Call, Few, Number, Spoken, answered, resumed

CUT = CutReplyFrame([AggregatedTextFrame("six.")], True)


FREE: list[Expectation | None] = [None, FreeSpeech()]


@pytest.mark.parametrize("expected", FREE)
@pytest.mark.parametrize("secs", [0.3, 9.0])
def test_where_anything_may_be_said_what_has_no_words_is_noise(expected: Expectation | None, secs: float) -> None:
    assert Resumption(0.4, NODS, CUT).is_noise(NoMatchFrame(secs), expected)


@pytest.mark.parametrize(("secs", "is_noise"), [(0.3, True), (LONGEST_NOISE_SECS + 0.1, False)])
def test_where_few_answers_are_expected_only_what_is_short_is_noise(secs: float, is_noise: bool) -> None:
    assert Resumption(0.4, NODS, CUT).is_noise(NoMatchFrame(secs), Few()) is is_noise


def test_where_few_answers_are_expected_a_yeah_is_an_answer() -> None:
    found = [Resumption(0.4, NODS, CUT).is_backchannel("Yeah.", expected) for expected in (*FREE, Few())]
    assert found == [True, True, False]


@pytest.mark.parametrize("resumption", [Resumption(0.4, NODS), Resumption(0, NODS, CUT)])
def test_without_a_cut_reply_or_where_it_is_not_wanted_nothing_is_resumed(resumption: Resumption) -> None:
    assert not resumption.is_noise(NoMatchFrame(0.3), None)
    assert not resumption.is_backchannel("yeah", None)


@pytest.fixture
def sound() -> bytes:
    """A voice, for half a second."""
    speech = mono_8k(read_wav(Path(__file__).parent.parent / "data" / "speech_table.wav"))
    return silence(0.3, 8000) + speech[:8000]


async def test_a_cough_lets_the_bot_go_on_from_the_word_that_was_cut(sound: bytes) -> None:
    async with answered() as call:
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        assert call.messages == [("assistant", "We are open from")]
        await resumed(call, 2)
        await call.hears_all()
        rest = "nine to six. Monday to Friday."
        assert call.messages == [("assistant", "We are open from"), ("assistant", rest)]
        assert call.dialogue.turns == [(TurnKind.GREETING, "")]


async def test_a_second_cough_does_so_again(sound: bytes) -> None:
    async with answered() as call:
        for times in (1, 2):
            await call.hears_the_bot(1.0)
            await call.makes(sound)
            await resumed(call, times + 1)
        await call.hears_all()
        assert " ".join(text for _, text in call.messages) == "We are open from nine to six. Monday to Friday."


async def test_a_sign_of_listening_that_is_known_too_late_lets_the_bot_go_on_and_is_seen(sound: bytes) -> None:
    async with answered() as call:
        call.ear.text = "Yeah."
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        await resumed(call, 2)
        await call.hears_all()
        assert [role for role, _ in call.messages] == ["assistant", "assistant"]
        assert call.seen.texts == ["interim: Yeah.", "final: Yeah."]


async def test_one_that_is_known_while_it_is_said_does_not_even_stop_the_bot(sound: bytes) -> None:
    async with answered() as call:
        call.ear.text = call.ear.interim = "Okay"
        call.input.turn.transcribed("hello", settled=False)  # It has told words early before.
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        await call.hears_all()
        assert call.messages == [("assistant", "We are open from nine to six. Monday to Friday.")]
        assert (call.bot_began(), call.seen.texts) == (1, ["interim: Okay"])


async def test_where_few_answers_are_expected_it_is_an_answer_and_stops_the_bot(sound: bytes) -> None:
    call = Call()
    call.dialogue.expects = Few()
    async with call.rig:
        await call.rig.send(StartFrame())
        call.ear.text = call.ear.interim = "Okay"
        call.input.turn.transcribed("hello", settled=False)
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        assert call.dialogue.turns[1:] == [(TurnKind.SPEECH, "Okay")]


async def test_words_are_answered_and_nothing_is_resumed(sound: bytes) -> None:
    async with answered() as call:
        call.ear.text = "on Sunday too"
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        await call.hears_all()
        answer = "We are open from nine to six. Monday to Friday."
        assert call.messages == [("assistant", "We are open from"), ("user", "on Sunday too"), ("assistant", answer)]
        assert call.listener.resumption.cut is None


async def test_enough_words_interrupt_and_fewer_do_not(sound: bytes) -> None:
    async with answered(interrupt_words=2) as call:
        call.ear.text = "no"
        await call.hears_the_bot(1.0)
        await call.makes(sound)
        assert call.messages == []
        call.ear.text = "no wait"
        await call.makes(sound)
        assert call.messages == [("assistant", "We are"), ("user", "no wait")]


async def test_a_bot_that_was_still_thinking_thinks_again(sound: bytes) -> None:
    async with answered() as call:
        await call.hears_all()
        call.dialogue.says = []
        await call.rig.send(TranscriptionFrame("when are you open"))
        await call.makes(sound)
        await call.rig.until(lambda: len(call.dialogue.turns) == 3)
        assert call.dialogue.turns[1:] == [(TurnKind.SPEECH, "when are you open"), (TurnKind.CONTINUE, "")]


async def test_a_long_noise_at_a_question_with_few_answers_was_somebody(sound: bytes) -> None:
    call = Call()
    call.dialogue.expects = Few()
    async with call.rig:
        await call.rig.send(StartFrame())
        await call.hears_the_bot(1.0)
        await call.makes(sound + sound[4800:] * 3)
        assert call.dialogue.turns == [(TurnKind.GREETING, ""), (TurnKind.NO_MATCH, "")]


async def test_half_a_question_is_waited_for_and_answered_as_one(sound: bytes) -> None:
    async with answered() as call:
        await call.hears_all()
        call.ear.text = "I would like to come on"
        await call.makes(sound)  # A second of silence follows it.
        assert call.input.turn.in_turn
        call.ear.text = "I would like to come on Tuesday"
        await call.makes(sound[4800:])
        assert call.dialogue.turns[1:] == [(TurnKind.SPEECH, "I would like to come on Tuesday")]


async def test_half_a_number_is_waited_for(sound: bytes) -> None:
    call = Call()
    call.dialogue.expects = Number()
    async with call.rig:
        await call.rig.send(StartFrame())
        await call.hears_all()
        call.ear.text = "four seven"
        await call.makes(sound)
        assert call.input.turn.in_turn
        call.ear.text = "four seven one one"
        await call.makes(sound[4800:])
        assert call.dialogue.turns[1:] == [(TurnKind.SPEECH, "four seven one one")]


async def test_what_is_never_finished_is_answered_all_the_same(sound: bytes) -> None:
    async with answered() as call:
        await call.hears_all()
        call.ear.text = "my number is"
        await call.makes(sound)
        await call.makes(b"")
        assert call.dialogue.turns[1:] == [(TurnKind.SPEECH, "my number is")]


TYPED = LLMMessagesAppendFrame([{"role": "user", "content": "hello"}], run_llm=True)


@pytest.mark.parametrize("frame", [TranscriptionFrame("yes"), BotStartedSpeakingFrame(), TYPED, LineLostFrame()])
async def test_once_the_conversation_has_gone_on_nothing_is_resumed(frame: Frame) -> None:
    async with answered() as call:
        call.dialogue.says = []
        call.listener.resumption.cut = CUT
        call.rig.inbox.put(call.listener, frame, FrameDirection.DOWNSTREAM)
        await call.rig.settle()
        assert call.listener.resumption.cut is None


async def test_an_engine_that_speaks_itself_is_asked_to_go_on_itself() -> None:
    async with answered() as call:
        await call.hears_all()
        spoken = AggregatedTextFrame("six.", voiced=Spoken())
        await call.rig.send(ResumeFrame(CutReplyFrame([spoken], True)))
        assert call.dialogue.turns[1:] == [(TurnKind.CONTINUE, "")]


async def test_a_bot_that_has_begun_to_say_something_else_does_not_go_on_with_the_old() -> None:
    call = Call()
    async with call.rig:
        call.listener.resumption.cut = CUT
        call.listener._resume_soon()
        call.rig.inbox.replies.begin()
        call.rig.inbox.put(call.listener, TimerFrame("resume"), FrameDirection.DOWNSTREAM)
        await call.rig.settle()
        assert call.rig.down == []
