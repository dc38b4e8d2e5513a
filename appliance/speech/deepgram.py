"""Speech to text by Deepgram's streaming API: a WebSocket an utterance, mu-law as it came from the telephone.

Our detector says when an utterance begins and ends, so Deepgram's own endpointing is off. At the end it is told
``Finalize``, which flushes what it holds back, and ``CloseStream``: its last words are those marked ``from_finalize``,
or, as that mark is not promised, those before its summary (``Metadata``) and the end of the connection. One that breaks
before is made anew and gets the whole utterance again. See Deepgram's documentation, "Live Audio", "Finalize", "Audio
Keep Alive" and "Close Stream".
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from appliance.audio.g711 import pcm_to_ulaw
from appliance.errors import EngineError
from appliance.settings import DeepgramSettings
from appliance.speech.base import SAMPLE_RATE_HZ, Transcript, Transcription
from appliance.speech.refused import PASSING, RefusedError, retry_after

CHUNK_BYTES = SAMPLE_RATE_HZ // 10
MOST_AT_ONCE_BYTES = 8000
RETRY_SECS = (0.2, 0.5, 1.0)
"""Before the second try, the third and the last."""
KEEP_ALIVE_SECS = 4.0
"""Without audio Deepgram hangs up after ten seconds."""
MOST_HINTS = 100
MOST_HINT_CHARACTERS = 1000
"""Deepgram refuses the call where the hints have over 500 tokens, and a token of an unusual word has few letters."""
MOST_MESSAGE_BYTES = 1_000_000
KEEP_ALIVE, FINALIZE, CLOSE_STREAM = (json.dumps({"type": name}) for name in ("KeepAlive", "Finalize", "CloseStream"))


class DeepgramTranscriber:
    """A Transcriber.

    ``connect_secs`` limits each connection, ``answer_secs`` the wait for the transcript once the utterance is over;
    ``retry_secs`` are the pauses before further tries.
    """

    def __init__(
        self,
        settings: DeepgramSettings,
        *,
        connect_secs: float = 2.0,
        answer_secs: float = 5.0,
        keep_alive_secs: float = KEEP_ALIVE_SECS,
        retry_secs: Sequence[float] | None = None,
    ) -> None:
        self.server = settings.base_url
        self.answer_secs = answer_secs
        self.keep_alive_secs = keep_alive_secs
        self.retry_secs = RETRY_SECS if retry_secs is None else tuple(retry_secs)
        self._connect_secs = connect_secs
        self._model = settings.model
        self._takes_hints_as = "keyterm" if settings.model.startswith(("nova-3", "flux")) else "keywords"
        key = settings.api_key
        self._headers = {"Authorization": f"Token {key.get_secret_value()}"} if key else {}

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Transcription:
        """See Transcriber."""
        return _Utterance(self, language, hints)

    async def connect(self, language: str, hints: Sequence[str]) -> ClientConnection:
        """A connection for one utterance. Raises RefusedError."""
        asked = {
            "model": self._model,
            "language": language,
            "encoding": "mulaw",
            "sample_rate": SAMPLE_RATE_HZ,
            "channels": 1,
            "interim_results": "true",
            "endpointing": "false",
            "punctuate": "true",
            self._takes_hints_as: list(within(hints)),
        }
        try:
            return await connect(
                f"{self.server}?{urlencode(asked, doseq=True)}",
                additional_headers=self._headers,
                open_timeout=self._connect_secs,
                close_timeout=1,
                ping_interval=None,
                compression=None,
                max_size=MOST_MESSAGE_BYTES,
            )
        except InvalidStatus as refused:
            status = refused.response.status_code
            what = f"The speech engine at {self.server} refused with status {status}."
            raise RefusedError(
                what, passing=status in PASSING, after_secs=retry_after(refused.response.headers)
            ) from None
        except TimeoutError:
            secs = self._connect_secs
            raise RefusedError(f"The speech engine at {self.server} did not take the call within {secs:g} s.") from None
        except (OSError, WebSocketException) as error:
            raise RefusedError(
                f"The speech engine at {self.server} cannot be reached ({type(error).__name__})."
            ) from None


class _Utterance:
    """A Transcription. One task reads, one writes; ``send`` only leaves the audio for it."""

    def __init__(self, engine: DeepgramTranscriber, language: str, hints: Sequence[str]) -> None:
        self._engine = engine
        self._language = language
        self._hints = hints
        self._audio = bytearray()
        self._finished = False
        self._more = asyncio.Event()
        self._limit = asyncio.timeout(None)
        self._results: asyncio.Queue[Transcript | EngineError] = asyncio.Queue()
        self._ended = False
        self._task = asyncio.create_task(self._run(), name="transcription")

    def send(self, pcm: bytes) -> None:
        """See Transcription."""
        if not self._finished and not self._ended:
            self._audio += pcm_to_ulaw(pcm)
            self._more.set()

    def finish(self) -> None:
        """See Transcription."""
        if not self._finished:
            self._finished = True
            self._more.set()
            self._hurry()

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

    async def _run(self) -> None:
        try:
            async with self._limit:
                if self._finished:
                    self._hurry()
                await self._try()
        except EngineError as error:
            self._end(error)
        except TimeoutError:
            secs = self._engine.answer_secs
            self._end(EngineError(f"The speech engine at {self._engine.server} gave no transcript within {secs:g} s."))

    def _hurry(self) -> None:
        """The utterance is over: from now on somebody waits."""
        if self._limit.when() is None and not self._task.done():
            with contextlib.suppress(RuntimeError):  # Not entered yet: then it is done there.
                self._limit.reschedule(asyncio.get_running_loop().time() + self._engine.answer_secs)

    async def _try(self) -> None:
        for pause in (*self._engine.retry_secs, None):
            try:
                await self._once()
                return
            except RefusedError as refused:
                if pause is None or not refused.passing or refused.after_secs > RETRY_SECS[-1]:
                    raise
                await asyncio.sleep(max(pause, refused.after_secs))

    async def _once(self) -> None:
        connection = await self._engine.connect(self._language, self._hints)
        writing = asyncio.create_task(self._write(connection), name="transcription's audio")
        try:
            self._end(await self._read(connection))
            await connection.close()
        finally:
            writing.cancel()
            connection.transport.abort()

    async def _write(self, connection: ClientConnection) -> None:
        """Sends all of the utterance, then what ends it. A connection that breaks is the reader's business."""
        sent = 0
        with contextlib.suppress(ConnectionClosed):
            while not (self._finished and sent == len(self._audio)):
                while len(self._audio) - sent >= (1 if self._finished else CHUNK_BYTES):
                    piece = bytes(self._audio[sent : sent + MOST_AT_ONCE_BYTES])
                    await connection.send(piece)
                    sent += len(piece)
                if not self._finished:
                    await self._wait(connection)
            await connection.send(FINALIZE)
            await connection.send(CLOSE_STREAM)

    async def _wait(self, connection: ClientConnection) -> None:
        self._more.clear()
        try:
            async with asyncio.timeout(self._engine.keep_alive_secs):
                await self._more.wait()
        except TimeoutError:
            await connection.send(KEEP_ALIVE)

    async def _read(self, connection: ClientConnection) -> Transcript:
        """The final transcript; interim ones are told on the way."""
        heard = _Heard(self._engine.server)
        try:
            async for message in connection:
                interim = heard.take(message)
                if heard.flushed:
                    return heard.all()
                if interim is not None and not self._ended:
                    self._results.put_nowait(interim)
        except ConnectionClosed as error:
            raise RefusedError(f"The speech engine at {self._engine.server} broke off{_why(error)}.") from None
        if heard.summed_up:
            return heard.all()
        raise RefusedError(f"The speech engine at {self._engine.server} hung up before the end of the utterance.")

    def _end(self, result: Transcript | EngineError) -> None:
        """The one last result; later ones do not count."""
        if not self._ended:
            self._ended = True
            self._results.put_nowait(result)


class _Heard:
    """Puts the pieces of an utterance together: those that are final, and one that may still change."""

    def __init__(self, server: str) -> None:
        self.flushed = False
        """Whether all that was sent has been heard."""
        self.summed_up = False
        """Whether the newest message is the summary that comes before an orderly end."""
        self._server = server
        self._pieces: list[str] = []
        self._confidences: list[float] = []

    def take(self, message: str | bytes) -> Transcript | None:
        """What a message adds. Raises EngineError for the server's own error, and for what Deepgram does not send."""
        try:
            event = json.loads(message)
            kind = event["type"]
            self.summed_up = kind == "Metadata"
            if kind == "Results":
                return self._results(event)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise RefusedError(f"The speech engine at {self._server} sent what is no transcription.") from None
        if kind == "Error":
            raise RefusedError(f"The speech engine at {self._server} failed.")
        return None

    def all(self) -> Transcript:
        """What was said."""
        return Transcript(" ".join(self._pieces), final=True, confidence=min(self._confidences, default=None))

    def _results(self, event: dict[str, Any]) -> Transcript | None:
        best = event["channel"]["alternatives"][0]
        text = best["transcript"].strip()
        if event["is_final"] and text:
            self._pieces.append(text)
            self._confidences.append(float(best.get("confidence", 0)))
        self.flushed = bool(event.get("from_finalize"))
        so_far = self._pieces if event["is_final"] else [*self._pieces, text]
        return Transcript(" ".join(so_far), final=False) if text else None


def within(hints: Sequence[str]) -> Iterator[str]:
    """The hints that Deepgram takes, in order: those that are too many are left out."""
    length = 0
    for hint in hints[:MOST_HINTS]:
        length += len(hint)
        if length > MOST_HINT_CHARACTERS:
            return
        yield hint


def _why(error: ConnectionClosed) -> str:
    """The code that it gave, with Deepgram's own if there is one."""
    if error.rcvd is None:
        return ""
    own = re.match(r"[A-Z]{3,5}-\d{4}", error.rcvd.reason)
    return f" ({error.rcvd.code}{f', {own[0]}' if own else ''})"
