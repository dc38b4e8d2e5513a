"""A bot that is interrupted by nobody goes on where it was cut off: the decision, and whole conversations."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.tones import silence
from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.audio.wav import mono_8k, read_wav
from appliance.clock import ManualClock
from appliance.dialogue.aggregators import ContextAggregatorPair
from appliance.dialogue.base import Expect, Output, Say, Turn, TurnKind
from appliance.dialogue.llm import FreeSpeech
from appliance.dialogue.processor import DialogueProcessor
from appliance.dialogue.resumption import LONGEST_NOISE_SECS, Resumption
from appliance.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    CutReplyFrame,
    Expectation,
    Frame,
    InterimTranscriptionFrame,
    LLMContext,
    NoMatchFrame,
    ResumeFrame,
    StartFrame,
    TranscriptionFrame,
)
from appliance.pipeline import BaseObserver, FrameDirection, FramePushed
from appliance.pipeline.input import BaseInputTransport
from appliance.pipeline.transport import BaseOutputTransport
from appliance.speech.base import Transcription
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber
from appliance.speech.stt import STTProcessor
from appliance.speech.tts import TTSProcessor
from tests.pipeline.rig import Pass, Rig

NODS = ("yeah", "okay")
CUT = CutReplyFrame([AggregatedTextFrame("six.")], True)


class Few:
    """A question with few answers."""

    grammar = "#JSGF V1.0; grammar g; public <g> = yes | no;"
    hints = ("yes", "no")

    def is_complete(self, text: str) -> bool:
        return text in ("yes", "no")

    def keys_complete(self, keys: str) -> bool:
        return True


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


class Heard(CannedTranscriber):
    """Hears what it is told to, in the end or while it is said, too."""

    def __init__(self) -> None:
        self.text = ""
        self.interim = ""

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        return CannedTranscriber(self.text, interim=self.interim).transcribe(language=language)


class Dialogue:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.turns: list[tuple[TurnKind, str]] = []
        self.says = ["We are open from nine to six. ", "Monday to Friday. "]
        self.expects: Expectation = FreeSpeech()

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        self.turns.append((turn.kind, turn.text))
        yield Expect(self.expects)
        for text in self.says:
            yield Say(text)
        if not self.says:
            await asyncio.Event().wait()  # It thinks for ever.

    def facts(self) -> Mapping[str, Any]:
        return {}


class Line(BaseOutputTransport):
    """A carrier that plays by a manual clock."""

    def write_audio(self, pcm: bytes) -> None:
        pass

    def write_mark(self, name: str) -> None:
        self.mark = name

    def write_clear(self) -> None:
        pass


class Seen(BaseObserver):
    """What supervisors could see."""

    frame_types = (InterimTranscriptionFrame, TranscriptionFrame)

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        assert isinstance(data.frame, InterimTranscriptionFrame | TranscriptionFrame)
        kind = "final" if isinstance(data.frame, TranscriptionFrame) else "interim"
        if (told := f"{kind}: {data.frame.text}") not in self.texts:
            self.texts.append(told)


class Call:
    """A whole conversation: the caller's audio in, the bot's words out, by a manual clock."""

    def __init__(self, **turn: Any) -> None:
        self.clock = ManualClock(50.0)
        self.ear, self.dialogue, self.seen = Heard(), Dialogue(), Seen()
        self.context = LLMContext()
        self.input = BaseInputTransport(VADAnalyzer(), TurnTaking(TurnParams(backchannels=NODS, **turn)))
        self.output = Line(clock=self.clock)
        pair = ContextAggregatorPair(self.context)
        self.listener = pair.user()
        self.listener.resumption.after_secs, self.listener.resumption.backchannels = 0.01, NODS

        async def call(name: str, arguments: Mapping[str, Any]) -> Any:
            raise AssertionError(name)

        self.rig = Rig(
            Pass(),
            self.input,
            STTProcessor(self.ear),
            self.listener,
            DialogueProcessor(self.dialogue, self.context, call),
            TTSProcessor(CannedSynthesizer(3.5)),
            self.output,
            pair.assistant(),
            observers=(self.seen,),
        )

    async def hears_the_bot(self, secs: float) -> None:
        """Time passes for the caller's ear."""
        self.clock.advance(secs)
        self.output._tick()
        await self.rig.settle()

    async def hears_all(self) -> None:
        """The bot is listened to until it has nothing more to say."""
        await self.hears_the_bot(60)
        self.output.marked(self.output.mark)
        await self.rig.settle()

    async def makes(self, sound: bytes) -> None:
        """The caller is heard, and then silent for a second."""
        for start in range(0, len(sound) + 16_000, 320):
            self.input.receive_audio((sound + bytes(16_000))[start : start + 320])
            await self.rig.settle()

    @property
    def messages(self) -> list[tuple[str, str]]:
        """The context: who said what."""
        return [(message["role"], message["content"]) for message in self.context.messages]

    def bot_began(self) -> int:
        """How often the caller began to hear the bot."""
        return sum(isinstance(frame, BotStartedSpeakingFrame) for frame in self.rig.down)


@asynccontextmanager
async def answered(**turn: Any) -> AsyncIterator[Call]:
    """A call that has been answered, with a bot that speaks: each sentence in 3.5 s, half a second for each word."""
    call = Call(**turn)
    async with call.rig:
        await call.rig.send(StartFrame())
        yield call


@pytest.fixture
def sound() -> bytes:
    """A voice, for half a second."""
    speech = mono_8k(read_wav(Path(__file__).parent.parent / "data" / "speech_table.wav"))
    return silence(0.3, 8000) + speech[:8000]


async def resumed(call: Call) -> None:
    """Waits until the bot goes on."""
    began = call.bot_began()
    await call.rig.until(lambda: call.bot_began() > began)
    await call.rig.settle()


async def test_a_cough_lets_the_bot_go_on_from_the_word_that_was_cut(sound: bytes) -> None:
    async with answered() as call:
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        assert call.messages == [("assistant", "We are open from")]
        await resumed(call)
        await call.hears_all()
        rest = "nine to six. Monday to Friday."
        assert call.messages == [("assistant", "We are open from"), ("assistant", rest)]
        assert call.dialogue.turns == [(TurnKind.GREETING, "")]


async def test_a_second_cough_does_so_again(sound: bytes) -> None:
    async with answered() as call:
        for _ in range(2):
            await call.hears_the_bot(1.0)
            await call.makes(sound)
            await resumed(call)
        await call.hears_all()
        assert " ".join(text for _, text in call.messages) == "We are open from nine to six. Monday to Friday."


async def test_a_sign_of_listening_that_is_known_too_late_lets_the_bot_go_on_and_is_seen(sound: bytes) -> None:
    async with answered() as call:
        call.ear.text = "Yeah."
        await call.hears_the_bot(1.9)
        await call.makes(sound)
        await resumed(call)
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


class Number(Few):
    """A question for a number of four digits."""

    grammar = None  # type: ignore[assignment]

    def is_complete(self, text: str) -> bool:
        return len(text.split()) == 4

    def is_begun(self, text: str) -> bool:
        return len(text.split()) < 4


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


@pytest.mark.parametrize("frame", [TranscriptionFrame("yes"), BotStartedSpeakingFrame()])
async def test_once_the_conversation_has_gone_on_nothing_is_resumed(frame: Frame) -> None:
    async with answered() as call:
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


class Spoken:
    """What an engine has spoken itself."""

    words = ()

    async def audio(self) -> AsyncIterator[bytes]:
        yield bytes(320)

    def heard(self, ms: int | None = None) -> None:
        pass
