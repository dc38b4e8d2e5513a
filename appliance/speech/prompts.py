"""Recorded prompts instead of a voice: a WAV file is played where a text names it, all else is spoken.

A text that is ``[wav:welcome.wav]`` plays that file of the prompts' directory, ``[wav:welcome.wav] Good morning.`` too,
and it tells what is said, for transcripts and word times. A text that ``recordings`` maps to a file plays that file.
"""

import re
from collections.abc import AsyncIterator, Mapping

from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpeechPiece, Synthesizer, WordTimes
from appliance.speech.recordings import Recordings
from appliance.speech.wyoming_voice import estimate_word_times

_MARK = re.compile(r"\s*\[wav:([^\]]+)\]\s*(.*)", re.DOTALL)
_PIECE_BYTES = SAMPLE_RATE_HZ * 2 // 5


class PromptSynthesizer:
    """A Synthesizer that plays recordings of ``files`` and leaves the rest to ``inner``."""

    def __init__(self, inner: Synthesizer, files: Recordings, recordings: Mapping[str, str] | None = None) -> None:
        self._inner = inner
        self._files = files
        self._recordings = dict(recordings or {})

    async def synthesize(self, text: str, *, language: str, voice: str | None = None) -> AsyncIterator[SpeechPiece]:
        """See Synthesizer. Raises EngineError naming a file that is missing, is no WAV, or lies elsewhere."""
        name, said = self._recording(text)
        if name is None:
            async for piece in self._inner.synthesize(text, language=language, voice=voice):
                yield piece
            return
        pcm = await self._files.load(name)
        if said:
            yield WordTimes(estimate_word_times(said, len(pcm) * 1000 // (2 * SAMPLE_RATE_HZ)))
        for at in range(0, len(pcm), _PIECE_BYTES):
            yield SpeechAudio(pcm[at : at + _PIECE_BYTES])

    def _recording(self, text: str) -> tuple[str | None, str]:
        """The file for ``text``, if there is one, and what is said in it."""
        if marked := _MARK.fullmatch(text):
            return marked.group(1).strip(), marked.group(2)
        return self._recordings.get(text), text
