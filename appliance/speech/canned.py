"""Engines that only pretend: for load tests, where speech must cost nothing, and for tests. No I/O, next to no CPU.

They keep the contract exactly: a final transcript after ``finish``, audio in order, each word's time once.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache

import numpy as np

from appliance.errors import EngineError
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpokenWord, Transcript, Transcription, WordTimes

_PIECE_BYTES = SAMPLE_RATE_HZ * 2 // 10
_PITCH_HZ = 120.0
_SYLLABLES_HZ = 4.0
_LEVEL = 0.08 * 32768


class CannedTranscriber:
    """Hears ``text`` in whatever is said; an empty text is "no match". ``interim`` (default: the text) comes first."""

    def __init__(self, text: str = "yes", *, interim: str | None = None) -> None:
        self._interim = Transcript(text if interim is None else interim, final=False)
        self._final = Transcript(text, final=True)

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """See Transcriber."""
        return _CannedTranscription(self._interim, self._final)


class _CannedTranscription:
    def __init__(self, interim: Transcript, final: Transcript) -> None:
        self._interim = interim
        self._final = final
        self._results: asyncio.Queue[Transcript | None] = asyncio.Queue()
        self._heard = False
        self._ended = False

    def send(self, pcm: bytes) -> None:
        """See Transcription."""
        if not self._heard and not self._ended:
            self._heard = True
            if self._interim.text:
                self._results.put_nowait(self._interim)

    def finish(self) -> None:
        """See Transcription."""
        self._end(self._final)

    async def results(self) -> AsyncIterator[Transcript]:
        """See Transcription."""
        while (result := await self._results.get()) is not None:
            yield result
            if result.final:
                return
        raise EngineError("The transcription was closed.")

    async def close(self) -> None:
        """See Transcription."""
        self._end(None)

    def _end(self, result: Transcript | None) -> None:
        if not self._ended:
            self._ended = True
            self._results.put_nowait(result)


class CannedSynthesizer:
    """Says every text in ``secs`` of the same speech-like sound, at once, with word times evenly spread."""

    def __init__(self, secs: float = 2.0) -> None:
        self._ms = round(secs * 1000)
        pcm = babble(self._ms)
        self._pieces = [SpeechAudio(pcm[at : at + _PIECE_BYTES]) for at in range(0, len(pcm), _PIECE_BYTES)]

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        """See Synthesizer."""
        yield WordTimes(self._words(text))
        for piece in self._pieces:
            yield piece

    def _words(self, text: str) -> tuple[SpokenWord, ...]:
        words = text.split()
        return tuple(
            SpokenWord(word, self._ms * number // len(words), self._ms * (number + 1) // len(words))
            for number, word in enumerate(words)
        )


@lru_cache(maxsize=8)
def babble(duration_ms: int) -> bytes:
    """Sound like speech, at about -26 dBFS: harmonics of a voice's pitch, four syllables a second. 8 kHz 16-bit PCM."""
    t = np.arange(SAMPLE_RATE_HZ * duration_ms // 1000) / SAMPLE_RATE_HZ
    harmonics = range(1, int(3400 / _PITCH_HZ) + 1)
    voice = sum(np.sin(2 * np.pi * _PITCH_HZ * n * t) / n for n in harmonics)
    loudness = 0.55 - 0.45 * np.cos(2 * np.pi * _SYLLABLES_HZ * t)
    pcm: bytes = np.asarray(voice * loudness * _LEVEL, np.int16).tobytes()
    return pcm
