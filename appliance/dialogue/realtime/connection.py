"""One WebSocket to a server of the Realtime API: what is sent never waits, what comes is read event by event."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import deque
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from appliance.dialogue.realtime import wire
from appliance.errors import EngineError, ProtocolError
from appliance.settings.realtime import RealtimeEngine

log = logging.getLogger(__name__)

PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
"""Answers that may be different in a moment."""
MOST_WAITING = 1000
"""Messages that may wait for a server that does not read: a minute of audio."""
MOST_RUBBISH = 20
"""Events that make no sense before the connection is given up."""
MOST_MESSAGE_BYTES = 16_000_000
_CODE = re.compile(r"[a-z0-9_.-]{1,64}")


class RefusedError(EngineError):
    """No connection, or no more: whether trying again may help, and after how many seconds at the earliest."""

    def __init__(self, message: str, *, passing: bool = True, after_secs: float = 0.0) -> None:
        super().__init__(message)
        self.passing = passing
        self.after_secs = after_secs


def code_of(error: Any) -> str:
    """What a server calls an error; its own words may quote a caller."""
    if isinstance(error, dict):
        for name in ("code", "type"):
            if isinstance(code := error.get(name), str) and _CODE.fullmatch(code):
                return code
    return "no code"


class Connection:
    """``open``, then ``next`` until RefusedError; ``send`` at any time; ``close`` in the end."""

    def __init__(self, engine: RealtimeEngine) -> None:
        self.server = f"The speech-to-speech engine at {engine.base_url}"
        self._engine = engine
        self._socket: ClientConnection | None = None
        self._writer: asyncio.Task[None] | None = None
        self._waiting: deque[str] = deque()
        self._more = asyncio.Event()
        self._rubbish = 0

    async def open(self) -> None:
        """Connects. Raises RefusedError."""
        key = self._engine.api_key
        try:
            self._socket = await connect(
                f"{self._engine.base_url}?{urlencode({'model': self._engine.model})}",
                additional_headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
                open_timeout=None,
                close_timeout=1,
                compression=None,
                max_size=MOST_MESSAGE_BYTES,
            )
        except InvalidStatus as refused:
            status = refused.response.status_code
            what = f"{self.server} refused with status {status}."
            after = _seconds(refused.response.headers.get("retry-after"))
            raise RefusedError(what, passing=status in PASSING, after_secs=after) from None
        except (OSError, WebSocketException) as error:
            raise RefusedError(f"{self.server} cannot be reached ({type(error).__name__}).") from None
        self._writer = asyncio.create_task(self._write(self._socket), name="realtime's messages")

    def send(self, message: str) -> None:
        """Lets a message wait to be sent; a server that does not read is given up."""
        if len(self._waiting) >= MOST_WAITING:
            self.abort()
            return
        self._waiting.append(message)
        self._more.set()

    async def next(self) -> wire.Event:
        """The next event. Raises RefusedError when the connection is over."""
        assert self._socket is not None
        while True:
            try:
                return wire.read(await self._socket.recv())
            except ProtocolError as error:
                self.odd(str(error))
            except ConnectionClosed as error:
                raise RefusedError(f"{self.server} broke off{_why(error)}.") from None

    def odd(self, what: str) -> None:
        """Counts something that makes no sense. Raises RefusedError when it is too much."""
        self._rubbish += 1
        if self._rubbish == 1:
            log.warning("%s sent %s.", self.server, what)
        if self._rubbish > MOST_RUBBISH:
            raise RefusedError(f"{self.server} sends what makes no sense.")

    def abort(self) -> None:
        """Ends the connection now; whoever reads it learns of it."""
        self._waiting.clear()
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        """Gives everything back."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        self.abort()

    async def _write(self, socket: ClientConnection) -> None:
        """A connection that breaks is the reader's business."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                while self._waiting:
                    await socket.send(self._waiting.popleft())
                self._more.clear()
                await self._more.wait()


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdecimal() else 0.0


def _why(error: ConnectionClosed) -> str:
    return "" if error.rcvd is None else f" ({error.rcvd.code})"
