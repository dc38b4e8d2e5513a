"""A small Wyoming server of our own that hears and says what a test wants, as slowly and as badly as it wants."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from wyoming.event import Event

from appliance.errors import ProtocolError
from appliance.speech import wire
from appliance.speech.base import SAMPLE_RATE_HZ
from appliance.speech.canned import babble

RATE = {"rate": SAMPLE_RATE_HZ, "width": 2, "channels": 1}


@dataclass
class Engines:
    """``async with Engines(listener) as engines``: serves until the end of the block; its knobs turn at any time."""

    listener: socket.socket
    hears: deque[str] = field(default_factory=deque)
    """What is understood next, one after another; after that, always ``usual``."""
    usual: str = "yes"
    early: str = ""
    """What is told at once of whatever is being said; empty: nothing before the end."""
    secs: Callable[[str], float] = lambda text: 0.5
    """How long the speech of a text is."""
    hear_after_secs: float = 0.0
    speak_after_secs: float = 0.0
    deaf: bool = False
    """Never says what it understood."""
    mute: bool = False
    """Never says anything."""
    refuses: bool = False
    """Answers everything with an error."""
    spoken: list[str] = field(default_factory=list)
    """The texts that were asked for, in order."""

    async def __aenter__(self) -> Self:
        self._clients: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, sock=self.listener.dup(), limit=wire.MAX_HEADER_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._ended.set()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with contextlib.suppress(ProtocolError, ConnectionError, asyncio.CancelledError):
                while (event := await wire.read_event(reader)) is not None:
                    await self._answer(event, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _take_time(self, secs: float) -> None:
        """As an engine that thinks: for so long, or until it is ended."""
        if secs:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), secs)

    async def _answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        if event.type == "audio-start" and self.early:
            writer.write(wire.encode(Event("interim-transcript", {"text": self.early})))
        if event.type not in ("audio-stop", "synthesize"):
            return
        if self.refuses:
            writer.write(wire.encode(Event("error", {"text": "out of order"})))
        elif event.type == "audio-stop" and not self.deaf:
            text = self.hears.popleft() if self.hears else self.usual
            await self._take_time(self.hear_after_secs)
            writer.write(wire.encode(Event("transcript", {"text": text})))
        elif event.type == "synthesize" and not self.mute:
            text = wire.text(event)
            self.spoken.append(text)
            await self._take_time(self.speak_after_secs)
            writer.write(wire.encode(Event("audio-start", RATE)))
            writer.write(wire.audio_chunk(babble(round(self.secs(text) * 1000)), SAMPLE_RATE_HZ))
            writer.write(wire.encode(Event("audio-stop")))
        await writer.drain()


def free_listener() -> socket.socket:
    """A socket that listens on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener
