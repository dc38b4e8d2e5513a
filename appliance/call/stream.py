"""One carrier stream of a call: its socket's messages, from the valid start to whatever ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from appliance.call.call import Call
from appliance.call.line import Line
from appliance.carriers.base import Codec
from appliance.errors import ProtocolError

log = logging.getLogger(__name__)

Take = Callable[[str | bytes], None]


class Receive(Protocol):
    """What comes in on a socket."""

    async def __call__(self) -> str | bytes | None:
        """The next message; None once the socket is closed."""

    def direct(self, take: Take | None) -> None:
        """Where the socket can do that, each text message is given to ``take`` at once from now on."""


class StreamEnd(Enum):
    """Why a stream is over."""

    STOPPED = "the carrier said stop"
    LOST = "the socket closed"
    SILENT = "no media came"
    STUCK = "the carrier took nothing any more"
    FLOODED = "too many messages made no sense"
    ENDED = "the bot had its last word"


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a stream may do."""

    max_message_bytes: int = 65_536
    flood_messages: int = 100
    flood_secs: float = 10.0
    media_timeout_secs: float = 10.0


@dataclass(slots=True)
class StreamCounts:
    """What was odd about a stream's messages."""

    messages: int = 0
    refused: int = 0
    too_long: int = 0


class Stream:
    """Runs a stream: ``run`` returns why it is over."""

    def __init__(
        self, call: Call, codec: Codec, receive: Receive, send: Callable[[str], Awaitable[None]], limits: StreamLimits
    ) -> None:
        self.call = call
        self.line = Line(codec, send)
        self.line.on_stuck = lambda: self._end(StreamEnd.STUCK)
        self.counts = StreamCounts()
        self._codec = codec
        self._receive = receive
        self._hear = call.transport.input().receive_audio
        self._limits = limits
        self._refused_at: deque[float] = deque()
        self._heard_at = time.monotonic()
        self._watch: asyncio.TimerHandle
        self._over: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()

    async def run(self) -> StreamEnd:
        """Attaches to the call, and feeds it until the stream is over; the call itself may go on."""
        call = self.call
        call.on_ending = lambda: self._end(StreamEnd.ENDED)
        if call.ending is not None or call.transfer is not None:
            call.on_ending()  # The bot had its last word while the line was lost.
        sender = asyncio.create_task(self.line.run(), name=f"send {call.facts.call_id}")
        reader = asyncio.create_task(self._read(), name=f"read {call.facts.call_id}")
        self._watch_media()
        tasks = (sender, reader)
        for task in tasks:
            task.add_done_callback(lambda _: self._end(StreamEnd.LOST))
        try:
            return await self._over
        finally:
            self._watch.cancel()
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception) and not isinstance(result, OSError | RuntimeError):
                    log.error("a stream's task failed", exc_info=result, extra={"call_id": call.facts.call_id})

    async def _read(self) -> None:
        """Takes what the socket does not hand over by itself, until it is closed."""
        self._receive.direct(self._take)
        try:
            while (message := await self._receive()) is not None:
                self._take(message)
        finally:
            self._receive.direct(None)

    def _take(self, message: str | bytes) -> None:
        """The short way: each message is decoded and heard in one run of plain calls."""
        if self._over.done():
            return
        self.counts.messages += 1
        if len(message) > self._limits.max_message_bytes:
            self.counts.too_long += 1
            self._refuse(f"a message of {len(message)} bytes, expected at most {self._limits.max_message_bytes}")
            return
        try:
            got = self._codec.decode(message)
        except ProtocolError as error:
            self._refuse(str(error))
            return
        if isinstance(got, bytes):
            self._heard_at = time.monotonic()
            self._hear(got)
        elif got is not None and not self.call.transport.receive(got):
            self._end(StreamEnd.STOPPED)

    def _watch_media(self) -> None:
        """A carrier sends audio all the time: when none comes, nobody is there."""
        left = self._heard_at + self._limits.media_timeout_secs - time.monotonic()
        if left <= 0:
            self._end(StreamEnd.SILENT)
        else:
            self._watch = asyncio.get_running_loop().call_later(left, self._watch_media)

    def _refuse(self, reason: str) -> None:
        """Counts a message that could not be used; too many in too short a time end the stream."""
        self.counts.refused += 1
        if self.counts.refused == 1:
            log.warning("a carrier's message was skipped: %s", reason, extra={"call_id": self.call.facts.call_id})
        now = time.monotonic()
        self._refused_at.append(now)
        while self._refused_at[0] < now - self._limits.flood_secs:
            self._refused_at.popleft()
        if len(self._refused_at) > self._limits.flood_messages:
            self._end(StreamEnd.FLOODED)

    def abandon(self) -> None:
        """Another stream has taken this one's place."""
        self._end(StreamEnd.LOST)

    def _end(self, why: StreamEnd) -> None:
        if not self._over.done():
            self._over.set_result(why)

    async def wait_for_stop(self, secs: float) -> None:
        """After a hang-up or a redirect: lets the carrier close the stream itself, so that it misses nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(secs):
                while await self._receive() is not None:
                    pass
