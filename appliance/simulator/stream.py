"""One media stream: the carrier's WebSocket connection to the server, from handshake to close."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp

from appliance.simulator import wire
from appliance.simulator.misbehave import Manners, Mischief, messages_class
from appliance.simulator.playout import Playout
from appliance.simulator.sound import TICK_SECS, Frame

CLOSE_WAIT_SECS = 2.0
HANDSHAKE_SECS = 10.0


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a stream goes, and whose it is."""

    url: str
    stream_sid: str
    account_sid: str
    call_sid: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """How a stream ended. ``code`` is the WebSocket close code, if any came.

    ``by`` is "server" (it closed the socket), "broken" (its end of the connection vanished), "carrier" (`stop`, unless
    misbehaving) or "cut" (misbehaving).
    """

    by: str
    code: int | None = None


class StreamFailedError(Exception):
    """The handshake did not succeed; ``code`` is the carrier's error code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class StreamEars:
    """Who is told what the server does on a stream. Called from the receiving task, in order."""

    violated: Callable[[int, str], None]
    began: Callable[[], None]
    """Audio came while none was queued or being played."""
    cleared: Callable[[int], None]
    """With the number of bytes that were dropped."""
    marked: Callable[[str], None]
    """A mark was sent back."""
    changed: Callable[[], None]
    """Something came in."""


class MediaStream:
    """Connects, says what it is, carries 20 ms at a time, plays what comes. Used by one Line at a time."""

    def __init__(self, address: StreamAddress, playout: Playout, ears: StreamEars, manners: Manners) -> None:
        self.address = address
        self.messages = messages_class(manners)(
            address.stream_sid, address.account_sid, address.call_sid, manners.change_parameters(address.parameters)
        )
        self.ended: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()
        self.received_messages = 0
        self.received_bytes = 0
        self._manners = manners
        self._mischief = None if manners.media_is_plain else Mischief(manners, self.messages)
        self._playout = playout
        self._ears = ears
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._tick = 0
        self._running = False

    async def open(self, http: aiohttp.ClientSession) -> None:
        """Makes the connection and says `connected` and `start`. StreamFailedError when the server does not take it."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECS):
                self._socket = await http.ws_connect(
                    self.address.url, headers=self.address.headers, max_msg_size=0, compress=0, autoclose=True
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = f"status {error.status}" if isinstance(error, aiohttp.WSServerHandshakeError) else repr(error)
            raise StreamFailedError(wire.HANDSHAKE_FAILED, f"The media stream's handshake failed: {reason}.") from error
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._send(self.messages.connected())
        if self._manners.start_after_secs:
            await asyncio.wait({self.ended}, timeout=self._manners.start_after_secs)
        if self._manners.sends_start:
            await self._send(self.messages.start())
        self._running = True

    async def tick(self, frame: Frame, marks: list[str]) -> None:
        """Sends 20 ms of the caller, after the marks whose audio ended just now."""
        if not self._running:
            return
        for name in marks:
            await self._return_mark(name)
        number, self._tick = self._tick, self._tick + 1
        if self._mischief is None:
            await self._send(self.messages.media(frame[1], number * 20))
        else:
            for message in self._mischief.tick(frame, number):
                await self._send(message)
        if number * TICK_SECS >= self._manners.drop_after_secs and self._manners.drops:
            self._drop()

    async def press(self, digit: str) -> None:
        """The caller pressed a key."""
        await self._send(self.messages.dtmf(digit))

    async def close(self) -> None:
        """Ends the stream from the carrier's side: `stop`, then the socket closes. Does nothing when it has ended."""
        self._running = False
        if self._socket is not None and not self.ended.done():
            if self._manners.sends_stop:
                await self._send(self.messages.stop())
            self._end("carrier")
            try:
                async with asyncio.timeout(CLOSE_WAIT_SECS):
                    await self._socket.close()
            except TimeoutError:
                self._abort()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})

    def _drop(self) -> None:
        self._manners.drops -= 1
        self._end("cut")
        self._abort()

    def _abort(self) -> None:
        """Cuts the connection as a broken network would: no close frame."""
        if self._socket is not None:
            connection = self._socket._response.connection  # aiohttp has no public way to lose a connection
            if connection is not None and connection.transport is not None:
                connection.transport.abort()
            self._socket._response.close()

    def _end(self, by: str, code: int | None = None) -> None:
        self._running = False
        if not self.ended.done():
            self.ended.set_result(StreamEnd(by, code))

    async def _send(self, message: str | bytes) -> None:
        if self._socket is None or self._socket.closed or self.ended.done():
            return
        try:
            await (self._socket.send_str(message) if isinstance(message, str) else self._socket.send_bytes(message))
        except (ConnectionError, RuntimeError):  # gone meanwhile: the reader says how
            self._running = False

    async def _return_mark(self, name: str) -> None:
        if self._manners.returns_marks:
            self._ears.marked(name)
            await self._send(self.messages.mark(name))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                await self._take(message)
        finally:
            code = socket.close_code
            self._end("broken" if code in (None, aiohttp.WSCloseCode.ABNORMAL_CLOSURE) else "server", code)
            self._ears.changed()

    async def _take(self, message: aiohttp.WSMessage) -> None:
        self.received_messages += 1
        if message.type is aiohttp.WSMsgType.BINARY:
            self._ears.violated(wire.BINARY_OR_UNDECODABLE, f"A binary message of {len(message.data)} bytes came.")
        elif message.type is aiohttp.WSMsgType.ERROR:
            self._ears.violated(wire.WEBSOCKET_PROTOCOL_ERROR, f"The WebSocket protocol was broken: {message.data!r}.")
        elif message.type is aiohttp.WSMsgType.TEXT:
            await self._obey(message.data)
        self._ears.changed()

    async def _obey(self, text: str) -> None:
        try:
            command = wire.read(text, self.address.stream_sid)
        except wire.InvalidMessageError as error:
            self._ears.violated(error.code, str(error))
            return
        if isinstance(command, wire.Media):
            self.received_bytes += len(command.mulaw)
            if self._playout.is_empty:
                self._ears.began()
            if not self._playout.add(command.mulaw):
                self._ears.violated(wire.MEDIA_DISCARDED, "More than ten minutes of audio are queued: media discarded.")
        elif isinstance(command, wire.Mark):
            if self._playout.mark(command.name):
                await self._return_mark(command.name)
        else:
            self._ears.cleared(self._playout.queued_bytes)
            for name in self._playout.clear():
                await self._return_mark(name)
