"""Text to speech by any server that speaks Wyoming: ours, Piper, others.

One connection a text. Beyond the protocol: ``word-times {words: [{text, start_ms, end_ms}]}`` from the server; where
none come, the words' times are estimated from the whole duration, in proportion to their lengths.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from wyoming.event import Event
from wyoming.tts import Synthesize, SynthesizeVoice

from appliance.audio.resample import Resampler
from appliance.errors import EngineError, ProtocolError
from appliance.speech import wire
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpokenWord, WordTimes


class WyomingSynthesizer:
    """A Synthesizer at ``uri`` (``tcp://host:port`` or ``unix:///path``).

    ``connect_secs`` limits the connection, ``first_secs`` the wait for the engine's first word, ``idle_secs`` each wait
    after it. Raises EngineError for an address that cannot be one.
    """

    def __init__(self, uri: str, *, connect_secs: float = 2.0, first_secs: float = 5.0, idle_secs: float = 5.0) -> None:
        wire.check_address(uri)
        self.uri = uri
        self._connect_secs = connect_secs
        self._first_secs = first_secs
        self._idle_secs = idle_secs

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        """Streams the audio of ``text``; see Synthesizer."""
        reader, writer = await wire.connect(self.uri, self._connect_secs)
        chosen = SynthesizeVoice(name=voice) if voice else SynthesizeVoice(language=language)
        speech = _Speech(text)
        try:
            writer.write(wire.encode(Synthesize(text, voice=chosen).event()))
            secs = self._first_secs
            while not speech.ended:
                for piece in speech.take(await self._next(reader, secs)):
                    yield piece
                secs = self._idle_secs
        except ProtocolError as error:
            raise EngineError(f"The speech engine at {self.uri} does not speak Wyoming: {error}") from None
        except OSError as error:
            raise EngineError(
                f"The connection to the speech engine at {self.uri} broke: {wire.reason(error)}."
            ) from None
        finally:
            writer.transport.abort()

    async def _next(self, reader: asyncio.StreamReader, secs: float) -> Event:
        try:
            async with asyncio.timeout(secs):
                event = await wire.read_event(reader)
        except TimeoutError:
            raise EngineError(f"The speech engine at {self.uri} sent nothing for {secs:g} s.") from None
        if event is None:
            raise EngineError(f"The speech engine at {self.uri} hung up before the end of the text's audio.")
        return event


class _Speech:
    """Turns a server's events into pieces of speech."""

    def __init__(self, text: str) -> None:
        self.ended = False
        self._text = text
        self._resampler: Resampler | None = None
        self._bytes = 0
        self._has_word_times = False

    def take(self, event: Event) -> list[SpeechAudio | WordTimes]:
        """What the event brings. Raises EngineError for the server's own error and for audio that cannot be used."""
        match event.type:
            case "audio-start":
                self._start(event)
            case "audio-chunk":
                if self._resampler is None:
                    self._start(event)
                assert self._resampler is not None
                return self._audio(self._resampler.process(event.payload or b""))
            case "word-times":
                self._has_word_times = True
                return [WordTimes(_words(event))]
            case "audio-stop":
                return self._stop()
            case "error":
                raise EngineError(f"The speech engine refused: {wire.text(event)}")
        return []

    def _start(self, event: Event) -> None:
        rate, width, channels = (wire.number(event, name) for name in ("rate", "width", "channels"))
        if (width, channels) != (2, 1) or not 8000 <= rate <= 192_000:
            raise EngineError(
                f"The speech engine sends {rate} Hz, {8 * width} bit, {channels} channels; "
                "expected 8000 Hz or more, 16 bit, 1 channel."
            )
        self._resampler = Resampler(rate, SAMPLE_RATE_HZ)

    def _audio(self, pcm: bytes) -> list[SpeechAudio | WordTimes]:
        self._bytes += len(pcm)
        return [SpeechAudio(pcm)] if pcm else []

    def _stop(self) -> list[SpeechAudio | WordTimes]:
        self.ended = True
        pieces = self._audio(self._resampler.flush()) if self._resampler is not None else []
        if not self._has_word_times and self._bytes:
            times = estimate_word_times(self._text, round(self._bytes * 1000 / (2 * SAMPLE_RATE_HZ)))
            pieces.append(WordTimes(times))
        return pieces


def estimate_word_times(text: str, duration_ms: int) -> tuple[SpokenWord, ...]:
    """Where the words of ``text`` lie in audio of that length, if each takes as long as it has letters, plus one."""
    words = text.split()
    total = sum(len(word) + 1 for word in words)
    times = []
    before = 0
    for word in words:
        start_ms = duration_ms * before // total
        before += len(word) + 1
        times.append(SpokenWord(word, start_ms, duration_ms * before // total))
    return tuple(times)


def _words(event: Event) -> tuple[SpokenWord, ...]:
    words: Any = event.data.get("words")
    try:
        return tuple(SpokenWord(str(w["text"]), int(w["start_ms"]), int(w["end_ms"])) for w in words)
    except (TypeError, KeyError, ValueError):
        raise ProtocolError("The Wyoming event word-times has no words with text, start_ms and end_ms.") from None
