"""What one connection to the speech server asks for, and the answers. No sockets here but the writer.

A connection carries one request after the other: describe, ping, synthesize, or transcribe followed by audio. A bad
request is answered by an ``error`` event, and the next one is taken; only bytes that are no events end the connection.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from wyoming.error import Error
from wyoming.event import Event

from appliance.audio.resample import Resampler
from appliance.errors import EngineError, ProtocolError
from appliance.speech import wire
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.local.embedded_voice import DEFAULT_VOICE
from appliance.speech.local.pipe import Kind
from appliance.speech.local.worker import Worker, WorkerSession

LONGEST_TEXT = 5_000
LONGEST_AUDIO_SECS = 60
_LONGEST_ANSWER_SECS = 20.0
_SAMPLE_WIDTH_BYTES = 2


class Engines(Protocol):
    """What the requests are answered with."""

    def info(self) -> Event:
        """The answer to ``describe``."""

    async def ear(self) -> Worker:
        """The ear worker with the least to do. Raises EngineError when none is up."""

    async def voice(self) -> Worker:
        """The voice worker. Raises EngineError when it is not up."""


class _Utterance:
    """One utterance that this client is sending."""

    def __init__(self, session: WorkerSession, send: Callable[[Event], Awaitable[None]]) -> None:
        self.session = session
        self._resampler: Resampler | None = None
        self._bytes = 0
        self.answering = asyncio.create_task(self._answer(send), name="answer of the ear")

    def start_audio(self, event: Event) -> None:
        """``audio-start``: any rate, 16 bit, one channel."""
        rate = wire.number(event, "rate")
        width, channels = wire.number(event, "width"), wire.number(event, "channels")
        if (width, channels) != (_SAMPLE_WIDTH_BYTES, 1) or not 8000 <= rate <= 96_000:
            raise EngineError(
                f"The recogniser cannot hear {rate} Hz, {8 * width} bit, {channels} channels; "
                "expected 8000 Hz or more, 16 bit, 1 channel."
            )
        self._resampler = None if rate == SAMPLE_RATE_HZ else Resampler(rate, SAMPLE_RATE_HZ)

    def audio(self, event: Event) -> None:
        """``audio-chunk``."""
        pcm = event.payload or b""
        if self._resampler is not None:
            pcm = self._resampler.process(pcm)
        self._bytes += len(pcm)
        if self._bytes > LONGEST_AUDIO_SECS * SAMPLE_RATE_HZ * _SAMPLE_WIDTH_BYTES:
            raise EngineError(f"The utterance is longer than {LONGEST_AUDIO_SECS} s.")
        self.session.send(Kind.AUDIO, pcm[: len(pcm) // 2 * 2])

    def finish(self) -> None:
        """``audio-stop``."""
        self.session.send(Kind.FINISH)

    async def _answer(self, send: Callable[[Event], Awaitable[None]]) -> None:
        try:
            while (frame := await self.session.receive()).kind is not Kind.DONE:
                await send(Event("interim-transcript", {"text": frame.data()["text"]}))
            await send(Event("transcript", {"text": frame.data()["text"]}))
        except EngineError as error:
            await send(Error(str(error), "engine").event())
        except ConnectionError:
            pass

    async def close(self) -> None:
        """Ends it, finished or not."""
        self.session.close()
        self.answering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.answering


class Requests:
    """The requests of one connection."""

    def __init__(self, engines: Engines, writer: asyncio.StreamWriter) -> None:
        self._engines = engines
        self._writer = writer
        self._utterance: _Utterance | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._skipping = False
        self._steps: dict[str, Callable[[Event], Awaitable[None]]] = {
            "describe": self._describe,
            "ping": self._ping,
            "synthesize": self._synthesize,
            "transcribe": self._transcribe,
            "audio-start": self._audio_start,
            "audio-chunk": self._audio_chunk,
            "audio-stop": self._audio_stop,
        }

    async def take(self, event: Event) -> None:
        """One event of the client; unknown types are ignored, as the protocol asks."""
        step = self._steps.get(event.type)
        if step is None:
            return
        try:
            await step(event)
        except (EngineError, ProtocolError) as error:
            await self._drop_utterance()
            await self.refuse(str(error))

    async def refuse(self, sentence: str) -> None:
        """Answers with an error event."""
        await self._send(Error(sentence, "request").event())

    async def close(self) -> None:
        """The client is gone: nothing is worked on for it any more."""
        await self._drop_utterance()
        await self._stop_speaking()

    async def _send(self, event: Event) -> None:
        self._writer.write(wire.encode(event))
        await self._writer.drain()

    async def _describe(self, _: Event) -> None:
        await self._send(self._engines.info())

    async def _ping(self, event: Event) -> None:
        await self._send(Event("pong", event.data))

    async def _transcribe(self, event: Event) -> None:
        await self._drop_utterance()
        self._skipping = True
        context = event.data.get("context") or {}
        grammar = context.get("grammar") if isinstance(context, dict) else None
        if grammar is not None and not isinstance(grammar, str):
            raise ProtocolError("The grammar in the context of transcribe is not a string, expected JSGF.")
        worker = await self._engines.ear()
        request = {"language": str(event.data.get("language") or "en"), "grammar": grammar}
        self._utterance = _Utterance(worker.open(request), self._send)
        self._skipping = False

    async def _audio_start(self, event: Event) -> None:
        if utterance := self._expected(event):
            utterance.start_audio(event)

    async def _audio_chunk(self, event: Event) -> None:
        if utterance := self._expected(event):
            utterance.audio(event)

    async def _audio_stop(self, event: Event) -> None:
        if utterance := self._expected(event):
            utterance.finish()
            try:
                async with asyncio.timeout(_LONGEST_ANSWER_SECS):
                    await asyncio.shield(utterance.answering)
            except TimeoutError:
                raise EngineError(f"The recogniser did not finish within {_LONGEST_ANSWER_SECS:g} s.") from None
            await self._drop_utterance()
        self._skipping = False

    def _expected(self, event: Event) -> _Utterance | None:
        """The utterance that audio belongs to; None after it was refused. Raises ProtocolError when none was begun."""
        if self._utterance is None and not self._skipping:
            self._skipping = event.type != "audio-stop"
            raise ProtocolError(f'The Wyoming event "{event.type}" came without transcribe before it.')
        return self._utterance

    async def _drop_utterance(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            self._skipping = True
            await utterance.close()

    async def _synthesize(self, event: Event) -> None:
        await self._stop_speaking(wait=True)
        spoken = wire.text(event)
        if len(spoken) > LONGEST_TEXT:
            raise EngineError(f"The text has {len(spoken)} characters, expected at most {LONGEST_TEXT}.")
        worker = await self._engines.voice()
        request: dict[str, Any] = {"text": spoken, "voice": _voice_of(event), "rate_wpm": None}
        self._speaking = asyncio.create_task(self._speak(worker, request), name="answer of the voice")

    async def _speak(self, worker: Worker, request: dict[str, Any]) -> None:
        session = None
        try:
            session = worker.open(request)
            rate = {"rate": worker.info["rate_hz"], "width": _SAMPLE_WIDTH_BYTES, "channels": 1}
            frame = await session.receive()
            await self._send(Event("audio-start", rate))
            while frame.kind is not Kind.DONE:
                if frame.kind is Kind.AUDIO:
                    await self._send(Event("audio-chunk", rate, frame.body))
                else:
                    await self._send(Event("word-times", frame.data()))
                frame = await session.receive()
            await self._send(Event("audio-stop"))
        except EngineError as error:
            await self._send(Error(str(error), "engine").event())
        except ConnectionError:
            pass
        finally:
            if session is not None:
                session.close()

    async def _stop_speaking(self, *, wait: bool = False) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is None:
            return
        if not wait:
            speaking.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await speaking


def _voice_of(event: Event) -> str:
    """The voice that a ``synthesize`` asks for: by name, else by language."""
    voice = event.data.get("voice") or {}
    if not isinstance(voice, dict):
        raise ProtocolError("The voice of synthesize is not an object, expected one with a name or a language.")
    name = voice.get("name") or voice.get("language") or DEFAULT_VOICE
    if speaker := voice.get("speaker"):
        name = f"{name}+{speaker}"
    return str(name)
