"""Several transcribers as one: where one refuses, breaks or is silent, the next gets the whole utterance again.

The utterance's audio is kept until its transcript is there. An engine may fail while the caller still speaks; the time
for the transcript runs from the end of the utterance, and whoever is not the last of the engines has a share of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from appliance.errors import EngineError
from appliance.failover import GaveUp, Lineup, Serving, Share
from appliance.speech.base import SAMPLE_RATE_HZ, Transcriber, Transcript, Transcription

MOST_KEPT_BYTES = SAMPLE_RATE_HZ * 2 * 120
"""Nobody is given more than two minutes again; an engine that fails later than that fails the utterance."""
LONG_BYTES = SAMPLE_RATE_HZ * 2 * 45
"""What is longer is a recording: who takes too long for it may be quick enough for callers."""

Result = Transcript | Serving | GaveUp


class FailoverTranscriber:
    """A Transcriber. ``answer_secs`` limits the wait for the transcript once the utterance is over, all together."""

    def __init__(self, lineup: Lineup[Transcriber], *, answer_secs: float = 4.0) -> None:
        self.lineup = lineup
        self.answer_secs = answer_secs

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """See Transcriber."""
        return _Utterance(self, language, grammar, hints)


class _Utterance:
    """A Transcription: one engine's after another's."""

    def __init__(self, engines: FailoverTranscriber, language: str, grammar: str | None, hints: Sequence[str]) -> None:
        self._engines = engines
        self._asked = (language, grammar, hints)
        self._pcm = bytearray()
        self._is_whole = True
        """Whether all audio so far was kept."""
        self._current: Transcription | None = None
        self._turn: Share[Transcriber] | None = None
        self._deadline: float | None = None
        """When the transcript must be there, once the utterance is over."""
        self._limit = asyncio.timeout(None)
        self._allowed = 0.0
        self._results: asyncio.Queue[Result | EngineError] = asyncio.Queue()
        self._ended = False
        self._task = asyncio.create_task(self._run(), name="transcription")

    def send(self, pcm: bytes) -> None:
        """See Transcription."""
        if self._deadline is not None or self._ended:
            return
        self._is_whole = self._is_whole and len(self._pcm) + len(pcm) <= MOST_KEPT_BYTES
        if self._is_whole:
            self._pcm += pcm
        if self._current is not None:
            self._current.send(pcm)

    def finish(self) -> None:
        """See Transcription."""
        if self._deadline is not None or self._ended:
            return
        self._deadline = asyncio.get_running_loop().time() + self._engines.answer_secs
        if self._current is not None:
            self._current.finish()
            self._hurry()

    async def results(self) -> AsyncIterator[Result]:
        """See Transcription."""
        while True:
            result = await self._results.get()
            if isinstance(result, EngineError):
                raise result
            yield result
            if isinstance(result, Transcript) and result.final:
                return

    async def close(self) -> None:
        """See Transcription. Results that are being waited for end with an EngineError."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._end(EngineError("The transcription was closed."))

    async def _run(self) -> None:
        for turn in self._engines.lineup.turns():
            member = turn.member
            try:
                transcript = await self._ask(turn)
            except EngineError as error:
                if len(self._pcm) <= LONG_BYTES:
                    member.health.failed(str(error))
                if not turn.rest or not self._is_whole:
                    self._end(error)
                    return
                self._results.put_nowait(GaveUp(member.name, str(error)))
                continue
            member.health.succeeded()
            self._results.put_nowait(Serving(member.name, member.model))
            self._end(transcript)
            return

    async def _ask(self, turn: Share[Transcriber]) -> Transcript:
        """What one engine hears. Raises EngineError."""
        language, grammar, hints = self._asked
        transcription = turn.member.engine.transcribe(language=language, grammar=grammar, hints=hints)
        if self._pcm:
            transcription.send(bytes(self._pcm))
        if self._deadline is not None:
            transcription.finish()
        self._current, self._turn = transcription, turn
        try:
            async with asyncio.timeout(None) as self._limit:
                self._hurry()
                async for result in transcription.results():
                    if isinstance(result, Transcript) and result.final:
                        return result
                    self._results.put_nowait(result)
        except TimeoutError:
            what = f"The transcriber {turn.member.name} gave no transcript within {self._allowed:.2g} s."
            raise EngineError(what) from None
        finally:
            self._current = None
            await transcription.close()
        raise EngineError(f"The transcriber {turn.member.name} ended without a transcript.")

    def _hurry(self) -> None:
        """The utterance is over: from now on somebody waits."""
        if self._deadline is not None and self._turn is not None and not self._limit.expired():
            now = asyncio.get_running_loop().time()
            self._allowed = self._turn.secs(max(self._deadline - now, 0.0))
            self._limit.reschedule(now + self._allowed)

    def _end(self, result: Transcript | EngineError) -> None:
        """The one last result; later ones do not count."""
        if not self._ended:
            self._ended = True
            self._results.put_nowait(result)
