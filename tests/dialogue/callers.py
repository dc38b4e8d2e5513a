"""A caller and a bot in a whole pipeline, by a manual clock: audio in, words out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer
from appliance.clock import ManualClock
from appliance.dialogue.aggregators import ContextAggregatorPair
from appliance.dialogue.base import Expect, Output, Say, Turn, TurnKind
from appliance.dialogue.llm import FreeSpeech
from appliance.dialogue.processor import DialogueProcessor
from appliance.frames import (
    BotStartedSpeakingFrame,
    Expectation,
    InterimTranscriptionFrame,
    LLMContext,
    StartFrame,
    TranscriptionFrame,
)
from appliance.pipeline import BaseObserver, FramePushed
from appliance.pipeline.input import BaseInputTransport
from appliance.pipeline.transport import BaseOutputTransport
from appliance.speech.base import Transcription
from appliance.speech.canned import CannedSynthesizer, CannedTranscriber
from appliance.speech.stt import STTProcessor
from appliance.speech.tts import TTSProcessor
from tests.pipeline.rig import Pass, Rig

NODS = ("yeah", "okay")


class Few:
    """A question with few answers."""

    grammar = "#JSGF V1.0; grammar g; public <g> = yes | no;"
    hints = ("yes", "no")

    def is_complete(self, text: str) -> bool:
        return text in ("yes", "no")

    def keys_complete(self, keys: str) -> bool:
        return True


class Number(Few):
    """A question for a number of four digits."""

    grammar = None  # type: ignore[assignment]

    def is_complete(self, text: str) -> bool:
        return len(text.split()) == 4

    def is_begun(self, text: str) -> bool:
        return len(text.split()) < 4


class Spoken:
    """What an engine has spoken itself."""

    words = ()

    async def audio(self) -> AsyncIterator[bytes]:
        yield bytes(320)

    def heard(self, ms: int | None = None) -> None:
        pass


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


async def resumed(call: Call, began: int) -> None:
    """Waits until the caller has begun to hear the bot so often: it goes on."""
    await call.rig.until(lambda: call.bot_began() == began)
    await call.rig.settle()
