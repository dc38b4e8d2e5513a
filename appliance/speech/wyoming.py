"""Speech to text by any server that speaks Wyoming: ours, faster-whisper, others. (Text to speech: wyoming_voice.)

One connection an utterance, opened when the utterance begins. Beyond the protocol, and ignored by servers that do not
know it: the grammar in the context of ``transcribe``, and ``interim-transcript {text}`` from the server.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from wyoming.asr import Transcribe
from wyoming.event import Event

from appliance.errors import EngineError, ProtocolError
from appliance.speech import wire
from appliance.speech.base import SAMPLE_RATE_HZ, Transcript, Transcription
from appliance.speech.wyoming_voice import WyomingSynthesizer

__all__ = ["WyomingSynthesizer", "WyomingTranscriber"]

_CHUNK_BYTES = SAMPLE_RATE_HZ * 2 // 10
_MOST_UNSENT_BYTES = SAMPLE_RATE_HZ * 2 * 30
_AUDIO_START = wire.encode(Event("audio-start", {"rate": SAMPLE_RATE_HZ, "width": 2, "channels": 1}))
_AUDIO_STOP = wire.encode(Event("audio-stop"))


class WyomingTranscriber:
    """A Transcriber at ``uri`` (``tcp://host:port`` or ``unix:///path``).

    ``connect_secs`` limits the connection, ``answer_secs`` each wait for the engine once the utterance is over.
    Raises EngineError for an address that cannot be one.
    """

    def __init__(self, uri: str, *, connect_secs: float = 2.0, answer_secs: float = 10.0) -> None:
        wire.check_address(uri)
        self.uri = uri
        self._connect_secs = connect_secs
        self._answer_secs = answer_secs

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """Begins an utterance; see Transcriber."""
        context = {"grammar": grammar} if grammar is not None else None
        begin = wire.encode(Transcribe(language=language, context=context).event())
        return _WyomingTranscription(self.uri, begin, self._connect_secs, self._answer_secs)


class _WyomingTranscription:
    """One utterance on one connection. The task reads; ``send`` writes at once, as the transport never waits."""

    def __init__(self, uri: str, begin: bytes, connect_secs: float, answer_secs: float) -> None:
        self._uri = uri
        self._connect_secs = connect_secs
        self._answer_secs = answer_secs
        self._waiting = bytearray(begin + _AUDIO_START)
        self._pcm = bytearray()
        self._writer: asyncio.StreamWriter | None = None
        self._finished = False
        self._limit: asyncio.Timeout | None = None
        self._results: asyncio.Queue[Transcript | EngineError] = asyncio.Queue()
        self._ended = False
        self._task = asyncio.create_task(self._run(), name="transcription")

    def send(self, pcm: bytes) -> None:
        """See Transcription. 30 s of audio that the engine has not taken end the utterance with an EngineError."""
        if self._finished or self._ended:
            return
        self._pcm += pcm
        if len(self._pcm) >= _CHUNK_BYTES:
            self._write_audio()

    def finish(self) -> None:
        """See Transcription."""
        if self._finished or self._ended:
            return
        self._finished = True
        self._write_audio()
        self._write(_AUDIO_STOP)
        self._more_time()

    async def results(self) -> AsyncIterator[Transcript]:
        """See Transcription."""
        while True:
            result = await self._results.get()
            if isinstance(result, EngineError):
                raise result
            yield result
            if result.final:
                return

    async def close(self) -> None:
        """See Transcription. Results that are being waited for end with an EngineError."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._end(EngineError("The transcription was closed."))

    def _write_audio(self) -> None:
        if self._pcm:
            self._write(wire.audio_chunk(bytes(self._pcm), SAMPLE_RATE_HZ))
            self._pcm.clear()

    def _write(self, data: bytes) -> None:
        if self._writer is None:
            self._waiting += data
            unsent = len(self._waiting)
        elif self._writer.is_closing():
            return
        else:
            self._writer.write(data)
            unsent = self._writer.transport.get_write_buffer_size()
        if unsent > _MOST_UNSENT_BYTES:
            self._end(EngineError(f"The speech engine at {self._uri} does not take the audio: {unsent} bytes wait."))
            self._task.cancel()

    def _more_time(self) -> None:
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + self._answer_secs)

    def _end(self, result: Transcript | EngineError) -> None:
        """The one last result; later ones do not count."""
        if not self._ended:
            self._ended = True
            self._results.put_nowait(result)

    async def _run(self) -> None:
        try:
            reader, self._writer = await wire.connect(self._uri, self._connect_secs)
            self._writer.write(bytes(self._waiting))
            self._waiting.clear()
            self._end(await self._read(reader))
        except (EngineError, ProtocolError) as error:
            self._end(error if isinstance(error, EngineError) else _nonsense(self._uri, error))
        except OSError as error:
            self._end(EngineError(f"The connection to the speech engine at {self._uri} broke: {wire.reason(error)}."))
        finally:
            if self._writer is not None:
                self._writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> Transcript:
        try:
            async with asyncio.timeout(None) as self._limit:
                if self._finished:
                    self._more_time()
                return await self._read_to_the_end(reader)
        except TimeoutError:
            raise EngineError(
                f"The speech engine at {self._uri} said nothing for {self._answer_secs:g} s after the utterance."
            ) from None

    async def _read_to_the_end(self, reader: asyncio.StreamReader) -> Transcript:
        heard = _Heard()
        while (event := await wire.read_event(reader)) is not None:
            if self._finished:
                self._more_time()
            transcript = heard.take(event)
            if transcript is None:
                continue
            if transcript.final:
                return transcript
            self._results.put_nowait(transcript)
        raise EngineError(f"The speech engine at {self._uri} hung up before the transcript.")


class _Heard:
    """Turns a server's events into transcripts; newer servers send chunks before, or instead of, the whole."""

    def __init__(self) -> None:
        self._chunks = ""
        self._language: str | None = None
        self._steps: dict[str, Callable[[Event], Transcript | None]] = {
            "interim-transcript": lambda event: self._transcript(wire.text(event), final=False),
            "transcript": self._whole,
            "transcript-start": self._start,
            "transcript-chunk": self._chunk,
            "transcript-stop": lambda _: self._transcript(self._chunks, final=True),
            "error": _refused,
        }

    def take(self, event: Event) -> Transcript | None:
        """What the event tells; None for one that tells nothing. Raises EngineError for the server's own error."""
        step = self._steps.get(event.type)
        return step(event) if step is not None else None

    def _transcript(self, text: str, *, final: bool) -> Transcript:
        return Transcript(text.strip(), final=final, language=self._language)

    def _whole(self, event: Event) -> Transcript:
        self._start(event)
        return self._transcript(wire.text(event), final=True)

    def _start(self, event: Event) -> None:
        self._chunks = ""
        language = event.data.get("language")
        self._language = language if isinstance(language, str) else self._language

    def _chunk(self, event: Event) -> Transcript:
        self._chunks += wire.text(event)
        return self._transcript(self._chunks, final=False)


def _refused(event: Event) -> None:
    raise EngineError(f"The speech engine refused: {wire.text(event)}")


def _nonsense(uri: str, error: ProtocolError) -> EngineError:
    return EngineError(f"The speech engine at {uri} does not speak Wyoming: {error}")
