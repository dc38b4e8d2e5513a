"""The contracts of speech engines: these, and a dialogue's, are the only asynchronous contracts of a call.

Audio is 16-bit little-endian mono PCM at ``SAMPLE_RATE_HZ`` in both directions. An engine that fails raises
EngineError, with what failed in one sentence; it never raises anything else for a reason outside this process.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.failover import GaveUp, Serving

SAMPLE_RATE_HZ = 8000


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard so far (interim) or in all (final); a final one without text means "no match"."""

    text: str
    final: bool
    language: str | None = None
    confidence: float | None = None
    """0..1 where the engine gives one."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word of a synthesis and where in its audio it lies, in ms from the start of the text's audio."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """A piece of synthesized audio, in order."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class WordTimes:
    """Times of some words of the text; may come before, between or after the audio, each word once and in order."""

    words: tuple[SpokenWord, ...]


SpeechPiece = SpeechAudio | WordTimes | Serving | GaveUp


class Transcription(Protocol):
    """One utterance on its way through an engine."""

    def send(self, pcm: bytes) -> None:
        """Takes more audio; never waits."""

    def finish(self) -> None:
        """Says that no more audio comes: the final transcript follows."""

    def results(self) -> AsyncIterator[Transcript | Serving | GaveUp]:
        """Interim transcripts while audio comes in, then exactly one final one. To be read once.

        Several engines behind one say which of them serves, and which have failed.
        """

    async def close(self) -> None:
        """Gives everything back, also in the middle of an utterance; may be called at any time and twice."""


class Transcriber(Protocol):
    """Speech to text."""

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """Begins an utterance at once; connecting happens behind the scenes.

        ``grammar`` is JSGF for what the dialogue expects now, ``hints`` are words and phrases that are likely; engines
        without the one or the other ignore it.
        """


class Synthesizer(Protocol):
    """Text to speech."""

    def synthesize(self, text: str, *, language: str, voice: str | None = None) -> AsyncIterator[SpeechPiece]:
        """Streams the audio of ``text``. Closing the iterator cancels the synthesis.

        Several engines behind one say which of them serves, and which have failed: after a GaveUp the text begins anew.
        """
