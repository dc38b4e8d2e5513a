"""Text to speech in the pipeline: speaks the dialogue's sentences in order, one synthesis at a time.

Whatever comes behind a sentence (the end of the reply, the end of the call) waits here until the sentence's audio
is out. An engine that fails before the first sound of a sentence is tried again; if that does not help, the dialogue
is told, because the caller must not be left in silence.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncGenerator

from appliance.errors import EngineError
from appliance.failover import GaveUp, Serving
from appliance.frames import (
    AggregatedTextFrame,
    EndFrame,
    EngineFailedFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    ProcessingMetricsData,
    RecordingAnnouncedFrame,
    RecordingResumedFrame,
    TakeMessageFrame,
    TransferFrame,
    TTFBMetricsData,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSUsageMetricsData,
    UninterruptibleFrame,
    Voiced,
)
from appliance.pipeline import FrameDirection, FrameProcessor
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpeechPiece, SpokenWord, Synthesizer, WordTimes
from appliance.speech.refused import pause_before_retry
from appliance.speech.sentences import Sentences

BYTES_PER_MS = SAMPLE_RATE_HZ * 2 / 1000
RETRY_SECS = (0.3, 0.6, 0.9, 0.9)
"""Waits before an engine is tried again for the same sentence: a restarted one answers again in two seconds."""
DEADLINE_SECS = 4.0
"""How long all tries together may take: nobody listens to silence for longer."""
SILENT_SECS = 3.0
"""How long an engine may take for the next piece of audio."""


class TTSProcessor(FrameProcessor):
    """Feeds a Synthesizer; pushes, per sentence, the text, its audio and its words."""

    handles = (
        LLMFullResponseStartFrame,
        LLMTextFrame,
        LLMFullResponseEndFrame,
        TTSSpeakFrame,
        TakeMessageFrame,
        RecordingAnnouncedFrame,
        RecordingResumedFrame,
        InterruptionFrame,
        EndFrame,
        TransferFrame,
    )

    def __init__(
        self,
        engine: Synthesizer,
        *,
        language: str = "en",
        voice: str | None = None,
        deadline_secs: float = DEADLINE_SECS,
    ) -> None:
        super().__init__(name="TTS")
        self.voice = voice
        self._engine = engine
        self._language = language
        self._sentences = Sentences()
        self._aloud = True
        self._queue: deque[Frame] = deque()
        self._speaker: asyncio.Task[None] | None = None
        self._started = False
        self._segment: AggregatedTextFrame | None = None
        """What is being synthesized."""
        self._whole = True
        """Whether the dialogue has finished its reply."""
        self._limit = asyncio.timeout(None)
        self._deadline_secs = deadline_secs
        self._serving = Serving("")
        self._told: set[str] = set()
        """The engines whose failure with this sentence has been told."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Queues what is to be said and what has to wait behind it."""
        if direction is FrameDirection.UPSTREAM:
            await self.push_frame(frame, direction)
            return
        match frame:
            case InterruptionFrame():
                await self._interrupted(frame)
            case LLMFullResponseStartFrame():
                self._aloud = frame.audio_response
                self._whole = False
                self._enqueue(frame)
            case LLMTextFrame(recording=str()):
                self._add(self._sentences.flush(), frame.reply)
                self._add([frame.text.strip()], frame.reply, frame.recording)
            case LLMTextFrame(voiced=None):
                self._add(self._sentences.add(frame.text), frame.reply)
            case LLMTextFrame():
                self._add(self._sentences.flush(), frame.reply)
                self._add_voiced(frame)
            case LLMFullResponseEndFrame():
                self._whole = True
                self._add(self._sentences.flush(), frame.reply)
                self._enqueue(frame)
            case TakeMessageFrame() | RecordingAnnouncedFrame() | RecordingResumedFrame():
                self._add(self._sentences.flush(), frame.reply)
                self._enqueue(frame)
            case TTSSpeakFrame():
                self._speak_alone(frame)
            case _:
                self._enqueue(frame)
        await self._pass_on()

    def _add(self, sentences: list[str], reply: int, recording: str | None = None) -> None:
        for text in sentences:
            if recording is None and not any(map(str.isalnum, text)):
                continue  # An engine that is given nothing to say would count as a failed one.
            segment = AggregatedTextFrame(text, will_be_spoken=self._aloud, recording=recording, reply=reply)
            self._enqueue(segment)

    def _add_voiced(self, frame: LLMTextFrame) -> None:
        """What the dialogue's engine has spoken itself; in a reply that is only written nobody misses the sound."""
        if frame.voiced is not None and not self._aloud:
            frame.voiced.heard()
        text = frame.text.strip()
        segment = AggregatedTextFrame(text, will_be_spoken=self._aloud, voiced=frame.voiced, reply=frame.reply)
        self._enqueue(segment)

    def _speak_alone(self, frame: TTSSpeakFrame) -> None:
        """A text from outside the dialogue is a reply of its own."""
        reply = frame.reply or self.inbox.replies.begin()
        self._enqueue(LLMFullResponseStartFrame(reply=reply))
        sentences = Sentences()
        for text in [*sentences.add(frame.text), *sentences.flush()]:
            if any(map(str.isalnum, text)):
                self._enqueue(AggregatedTextFrame(text, reply=reply))
        self._enqueue(LLMFullResponseEndFrame(reply=reply))

    def _enqueue(self, frame: Frame) -> None:
        self._queue.append(frame)

    async def _pass_on(self) -> None:
        """Pushes what need not be spoken; the first sentence that must be starts the speaker."""
        if self._speaker is not None and not self._speaker.done():
            return
        while self._queue and not _is_to_be_spoken(self._queue[0]):
            await self.push_frame(self._queue.popleft())
        if self._queue:
            self._speaker = self.create_task(self._speak_queue(), reply=True)

    async def _speak_queue(self) -> None:
        while self._queue:
            frame = self._queue.popleft()
            if isinstance(frame, AggregatedTextFrame) and frame.will_be_spoken:
                await self._speak(frame)
            else:
                await self.push_frame(frame)

    async def _interrupted(self, frame: InterruptionFrame) -> None:
        """The speaker has been cancelled already; only what must not get lost stays."""
        self._speaker = None
        self._sentences = Sentences()
        under_way = [self._segment] if self._segment is not None and not self._started else []
        waiting = [one for one in self._queue if isinstance(one, AggregatedTextFrame) and one.will_be_spoken]
        frame.unheard = [*under_way, *waiting, *frame.unheard]
        frame.is_whole = self._whole
        self._segment, self._whole = None, True
        kept = [one for one in self._queue if isinstance(one, UninterruptibleFrame)]
        self._queue = deque(kept)
        await self.push_frame(frame)

    async def _speak(self, segment: AggregatedTextFrame) -> None:
        """Speaks one sentence, or gives it up."""
        self._segment, self._started = segment, False
        if segment.voiced is not None:
            await self._play(segment, segment.voiced)
            return
        try:
            async with asyncio.timeout(self._deadline_secs) as self._limit:
                await self._try_to_speak(segment)
        except EngineError as error:
            await self._give_up(segment, str(error))
        except TimeoutError:
            await self._give_up(segment, f"the speech engine made no sound within {self._deadline_secs:g} s")

    async def _play(self, segment: AggregatedTextFrame, voiced: Voiced) -> None:
        """Passes on what is spoken already; an engine that fails in the middle says so itself."""
        self._started = True
        await self.push_frame(segment)
        await self.push_frame(TTSStartedFrame(segment.id, reply=segment.reply))
        words = deque(SpokenWord(*word) for word in voiced.words)
        made_ms = 0.0
        async for pcm in voiced.audio():
            await self.push_frame(TTSAudioRawFrame(pcm, segment_id=segment.id, reply=segment.reply))
            made_ms += len(pcm) / BYTES_PER_MS
            await self._words(segment, words, made_ms)
        await self._words(segment, words, math.inf)
        await self.push_frame(TTSStoppedFrame(segment.id, reply=segment.reply))

    async def _try_to_speak(self, segment: AggregatedTextFrame) -> None:
        """More than one try until a sentence's first sound is there, where another may go better."""
        self._told.clear()
        for wait in (*RETRY_SECS, None):
            try:
                await self._synthesize(segment)
                return
            except EngineError as error:
                pause = pause_before_retry(error, wait)
                if pause is None or pause >= self._deadline_secs or self._started:
                    raise
                await asyncio.sleep(pause)

    async def _synthesize(self, segment: AggregatedTextFrame) -> None:
        began = time.monotonic()
        words: deque[SpokenWord] = deque()
        made_ms = 0.0
        async with contextlib.aclosing(self._pieces(_wanted(segment))) as pieces:
            async for piece in pieces:
                match piece:
                    case WordTimes():
                        words.extend(piece.words)
                    case SpeechAudio():
                        if not self._started:
                            await self._start(segment, time.monotonic() - began)
                        await self.push_frame(TTSAudioRawFrame(piece.pcm, segment_id=segment.id, reply=segment.reply))
                        made_ms += len(piece.pcm) / BYTES_PER_MS
                    case Serving():
                        self._serving = piece
                    case GaveUp():
                        segment = await self._begin_anew(segment, piece)
                        began, made_ms, words = time.monotonic(), 0.0, deque()
                await self._words(segment, words, made_ms)
        if not self._started:
            raise EngineError(f"the speech engine made no audio of {len(segment.text)} characters")
        await self._words(segment, words, math.inf)
        await self.push_frame(TTSStoppedFrame(segment.id, reply=segment.reply))
        engine, model = self._serving.engine or None, self._serving.model
        await self.push_metrics(
            ProcessingMetricsData(self.name, model, value=time.monotonic() - began, engine=engine),
            TTSUsageMetricsData(self.name, model, value=len(segment.text), engine=engine),
        )

    async def _begin_anew(self, segment: AggregatedTextFrame, failed: GaveUp) -> AggregatedTextFrame:
        """Another engine begins with the sentence: if some of it has been heard, that is a segment of its own."""
        if failed.engine not in self._told:
            self._told.add(failed.engine)
            await self.push_error(failed.error, engine="tts", gave_up=failed.engine)
        if not self._started:
            return segment
        await self.push_frame(TTSStoppedFrame(segment.id, reply=segment.reply))
        self._started = False
        self._limit.reschedule(asyncio.get_running_loop().time() + self._deadline_secs)
        again = AggregatedTextFrame(segment.text, recording=segment.recording, reply=segment.reply)
        self._segment = again
        return again

    async def _pieces(self, text: str) -> AsyncGenerator[SpeechPiece, None]:
        """What the engine makes of the text; EngineError when it falls silent in the middle."""
        stream = aiter(self._engine.synthesize(text, language=self._language, voice=self.voice))
        while True:
            try:
                async with asyncio.timeout(SILENT_SECS if self._started else None):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise EngineError(f"the speech engine was silent for {SILENT_SECS:g} s") from None
            yield piece

    async def _start(self, segment: AggregatedTextFrame, waited: float) -> None:
        self._started = True
        self._limit.reschedule(None)
        await self.push_frame(segment)
        await self.push_frame(TTSStartedFrame(segment.id, reply=segment.reply))
        serving = self._serving
        await self.push_metrics(TTFBMetricsData(self.name, serving.model, value=waited, engine=serving.engine or None))

    async def _words(self, segment: AggregatedTextFrame, words: deque[SpokenWord], made_ms: float) -> None:
        """Pushes the words whose audio is there: an engine may name them long before it speaks them."""
        while self._started and words and words[0].end_ms <= made_ms:
            word = words.popleft()
            frame = TTSTextFrame(
                word.text, segment_id=segment.id, start_ms=word.start_ms, end_ms=word.end_ms, reply=segment.reply
            )
            await self.push_frame(frame)

    async def task_failed(self, error: str) -> None:
        """Whatever broke the voice, the dialogue has to do without it."""
        await self.push_error(error, engine="tts")
        await self.push_frame(EngineFailedFrame("tts", error), FrameDirection.UPSTREAM)

    async def _give_up(self, segment: AggregatedTextFrame, reason: str) -> None:
        """The rest of the reply would fail the same way, each sentence as slowly as this one.

        What nobody has announced then is not recorded either.
        """
        segment, self._segment = self._segment or segment, None
        self._queue = deque(
            frame
            for frame in self._queue
            if not (_is_to_be_spoken(frame) or isinstance(frame, RecordingAnnouncedFrame))
        )
        await self.push_error(reason, engine="tts")
        if self._started:
            await self.push_frame(TTSStoppedFrame(segment.id, reply=segment.reply))
        await self.push_frame(EngineFailedFrame("tts", reason), FrameDirection.UPSTREAM)


def _wanted(segment: AggregatedTextFrame) -> str:
    """What the engine is asked for: the words, or the recording that says them."""
    return f"[wav:{segment.recording}] {segment.text}" if segment.recording else segment.text


def _is_to_be_spoken(frame: Frame) -> bool:
    return isinstance(frame, AggregatedTextFrame) and frame.will_be_spoken
