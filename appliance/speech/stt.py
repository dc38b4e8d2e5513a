"""Speech to text in the pipeline: hears the caller's audio, and says what was understood of each turn.

Audio goes to the engine only while a voice is heard, with half a second of what came before. When the voice pauses,
the engine is asked for its result at once, so that a complete answer ends the turn early; when the caller goes on
within the same turn, the engine gets the whole turn again, because half a sentence makes another sense than all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from appliance.errors import EngineError
from appliance.failover import GaveUp, Serving
from appliance.frames import (
    EndFrame,
    EngineFailedFrame,
    ExpectedAnswersFrame,
    Frame,
    InterimTranscriptionFrame,
    LineLostFrame,
    ListeningFrame,
    NoMatchFrame,
    NoWordsFrame,
    ProcessingMetricsData,
    STTUsageMetricsData,
    TakeOverFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.pipeline import AudioListener, FrameDirection
from appliance.speech.base import Transcriber, Transcript, Transcription

BYTES_PER_SEC = 16_000
BEFORE_SECS = 0.5
"""Audio from before the detector was sure, which belongs to the utterance."""
DEADLINE_SECS = 4.0
"""How long after a pause an engine may take for its result."""


class STTProcessor(AudioListener):
    """Feeds a Transcriber; pushes interim transcripts both ways and one final one per turn, before the turn's end."""

    transcribes = True
    handles = (
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
        ExpectedAnswersFrame,
        ListeningFrame,
        LineLostFrame,
        TakeOverFrame,
        EndFrame,
    )

    def __init__(
        self,
        engine: Transcriber,
        *,
        language: str = "en",
        user_id: str = "",
        deadline_secs: float = DEADLINE_SECS,
        hints: Sequence[str] = (),
    ) -> None:
        """``hints`` are words that may be said at any time."""
        super().__init__(name="STT")
        self._engine = engine
        self._language = language
        self._user_id = user_id
        self._deadline_secs = deadline_secs
        self._grammar: str | None = None
        self._hints = tuple(hints)
        self._expected: Sequence[str] = ()
        """Hints of what is expected now."""
        self._serving = Serving("")
        self._before: deque[bytes] = deque()
        self._before_bytes = 0
        self._turn_audio = bytearray()
        self._voiced_bytes = 0
        """How much of the turn's audio was heard while there was a voice."""
        self._transcription: Transcription | None = None
        self._voice = False
        self._in_turn = False
        self._awaited = False
        self._rests = False
        """Whether somebody else hears the caller."""
        self._result: Transcript | EngineError | None = None
        self._paused_at = 0.0
        self._deadline: asyncio.TimerHandle | None = None

    def hear(self, pcm: bytes) -> None:
        """Sends audio on while a voice is heard, and otherwise keeps the last half second of it."""
        if self._voice and self._transcription is not None:
            self._turn_audio += pcm
            self._voiced_bytes += len(pcm)
            self._transcription.send(pcm)
            return
        self._before.append(pcm)
        self._before_bytes += len(pcm)
        while self._before_bytes - len(self._before[0]) >= BEFORE_SECS * BYTES_PER_SEC:
            self._before_bytes -= len(self._before.popleft())

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follows the caller's voice and turns."""
        match frame:
            case VADUserStartedSpeakingFrame():
                self._begin()
            case VADUserStoppedSpeakingFrame():
                self._pause()
            case UserStartedSpeakingFrame():
                self._in_turn = True
            case UserStoppedSpeakingFrame():
                await self._turn_ended()
            case LineLostFrame():
                self._forget()
            case ExpectedAnswersFrame() if frame.expectation is not None:
                self._grammar = frame.expectation.grammar
                self._expected = frame.expectation.hints
            case ListeningFrame():
                self._rests = frame.ear is not None
                self._forget()
            case TakeOverFrame():
                self._grammar, self._expected = None, ()  # A person may be told anything.
        await self.push_frame(frame, direction)

    def _begin(self) -> None:
        """A voice: a new utterance, or more of one that is not answered yet."""
        if self._rests:
            return
        if not (self._in_turn or self._awaited):
            self._turn_audio.clear()
            self._voiced_bytes = 0
        self._turn_audio += b"".join(self._before)
        self._before.clear()
        self._before_bytes = 0
        self._voice = True
        self._result = None
        self._close()
        transcription = self._engine.transcribe(
            language=self._language, grammar=self._grammar, hints=(*self._hints, *self._expected)
        )
        transcription.send(bytes(self._turn_audio))
        self._transcription = transcription
        self.create_task(self._listen(transcription))

    def _pause(self) -> None:
        """The voice pauses, or has lasted too long: the engine shall say what it has."""
        if not self._voice:
            return
        self._voice = False
        if self._transcription is not None:
            self._paused_at = time.monotonic()
            self._transcription.finish()
            self._deadline = self.inbox.later_call(self._deadline_secs, self._too_late, self._transcription)

    async def _turn_ended(self) -> None:
        self._in_turn = False
        self._pause()
        self._awaited = self._transcription is not None
        await self._answer()

    def _forget(self) -> None:
        """The line is gone: half a sentence is not to be answered when it is back."""
        self._close()
        self._voice = self._in_turn = self._awaited = False
        self._result = None
        self._turn_audio.clear()
        self._before.clear()
        self._before_bytes = 0

    async def _listen(self, transcription: Transcription) -> None:
        """Reads an engine's results for one stretch of speech."""
        try:
            async for result in transcription.results():
                if transcription is not self._transcription:
                    return
                match result:
                    case Transcript():
                        await self._heard(result)
                    case GaveUp():
                        self._paused_at = time.monotonic()
                        await self.push_error(result.error, engine="stt", gave_up=result.engine)
                    case Serving():
                        self._serving = result
        except EngineError as error:
            if transcription is self._transcription:
                await self._failed(error)
        finally:
            await transcription.close()

    async def _heard(self, transcript: Transcript) -> None:
        if transcript.final:
            self._in_time()
            self._result = transcript
            await self._measure()
        if transcript.text:
            frame = InterimTranscriptionFrame(
                transcript.text, self._user_id, _now(), transcript.language, settled=transcript.final
            )
            await self.push_frame(frame, FrameDirection.UPSTREAM)
            await self.push_frame(frame)
        elif transcript.final:
            await self.push_frame(NoWordsFrame(), FrameDirection.UPSTREAM)
        if transcript.final:
            await self._answer()

    async def task_failed(self, error: str) -> None:
        """Whatever broke the ear, the dialogue has to know that it heard nothing."""
        await self._failed(EngineError(error))

    async def _failed(self, error: EngineError) -> None:
        self._in_time()
        self._result = error
        await self.push_error(str(error), engine="stt")
        await self.push_frame(NoWordsFrame(), FrameDirection.UPSTREAM)
        await self._answer()

    async def _answer(self) -> None:
        """Once the turn has ended and the result is there: says what it was.

        A caller who goes on before it is there gets one answer to all of it, at the end of what is said now.
        """
        result = self._result
        if self._in_turn or not self._awaited or result is None:
            return
        self._awaited = False
        self._result = None
        self._turn_audio.clear()
        self._close()
        if isinstance(result, EngineError):
            await self.push_frame(EngineFailedFrame("stt", str(result)))
        elif result.text:
            await self.push_frame(TranscriptionFrame(result.text, self._user_id, _now(), result.language, result))
        else:
            await self.push_frame(NoMatchFrame(self._voiced_bytes / BYTES_PER_SEC))

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self, transcription: Transcription) -> None:
        if transcription is self._transcription and not self._voice:
            self.create_task(
                self._failed(EngineError(f"the speech engine gave no result within {self._deadline_secs:g} s"))
            )

    async def _measure(self) -> None:
        waited = max(0.0, time.monotonic() - self._paused_at)
        engine, model = self._serving.engine or None, self._serving.model
        await self.push_metrics(
            TTFBMetricsData(self.name, model, value=waited, engine=engine),
            ProcessingMetricsData(self.name, model, value=waited, engine=engine),
            STTUsageMetricsData(self.name, model, value=len(self._turn_audio) / BYTES_PER_SEC, engine=engine),
        )

    def _close(self) -> None:
        self._in_time()
        if self._transcription is not None:
            transcription, self._transcription = self._transcription, None
            self.create_task(_closed(transcription))


async def _closed(transcription: Transcription) -> None:
    with contextlib.suppress(EngineError, asyncio.TimeoutError):
        await transcription.close()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
