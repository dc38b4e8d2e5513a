"""uvicorn's WebSocket protocol, for sockets that bring fifty small messages a second, and for those that misbehave.

A carrier's message is one whole, masked frame. Such a frame is read here, and handed over at once where the
application has asked for that; every other byte goes uvicorn's own way. What that way costs per message: two system
calls, because reading stops until the application has taken it, a queue, a task's wake-up, and several objects.

However many frames come at once, few are read before others have their turn; and a peer that does not read what it is
sent is cut off instead of being kept until TCP gives it up.

See RFC 6455, section 5.2.
"""

from collections.abc import Callable

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.speedups import apply_mask

from appliance.supervision.socket import TRANSPORT

DIRECT = "appliance.direct"
"""The scope's extension: a function that takes the one who is told each text message, or None for nobody any more."""

MOST_WAITING = 16
"""So many messages may wait for the application before reading stops."""

MOST_AT_ONCE = 64
"""So many frames are read before others have their turn."""

MOST_UNREAD_BYTES = 262_144
"""A peer that sends pings and lets so much lie unread is cut off."""

_WHOLE_TEXT, _WHOLE_BINARY = 0x81, 0x82
_MASKED = 0x80

Take = Callable[[str | bytes], None]


class StreamingWebSocket(WebSocketsSansIOProtocol):
    """To be given to uvicorn as ``ws``."""

    _take: Take | None = None
    _kept: bytearray | None = None
    """What has come and was not read yet: a frame that is not whole, or frames that wait their turn."""
    _wanted = 0
    """How long what is kept must be before it can be read; 0 where it waits its turn."""
    _in_step = False
    """Whether uvicorn's parser stands between two frames."""

    def handle_connect(self, event: Request) -> None:
        """See uvicorn: the application is told that it may be served directly, and may cut the connection."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[DIRECT] = self._direct
            extensions[TRANSPORT] = self.transport

    def data_received(self, data: bytes) -> None:
        """See asyncio: bytes of the handshake, then frames, cut anywhere."""
        if not self._in_step:
            super().data_received(data)
            self._in_step = self.handshake_initiated and not self.close_sent
            return
        if self._kept is not None:
            self._kept += data
            if len(self._kept) < self._wanted:
                return
            data, self._kept = bytes(self._kept), None
        self._read(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._kept = None
        super().connection_lost(exc)

    async def receive(self) -> ASGIReceiveEvent:
        """See ASGI: once the application has taken what waits, the next frames are read."""
        message = await super().receive()
        if self._kept is not None and not self._wanted and not self.read_paused:
            self.loop.call_soon(self._go_on)
        return message

    def _read(self, data: bytes) -> None:
        at, end, count = 0, len(data), 0
        while at < end:
            start, stop = _payload(data, at)
            if stop > end:
                if stop - at <= self.config.ws_max_size:
                    self._keep(data[at:], stop - at)
                else:
                    super().data_received(data[at:])  # It is refused without waiting for the rest.
                return
            if self.read_paused or count == MOST_AT_ONCE:
                self._keep(data[at:], 0)
                return
            if data[at] in (_WHOLE_TEXT, _WHOLE_BINARY) and data[at + 1] & _MASKED and self._may_skip:
                payload = apply_mask(data[start:stop], data[start - 4 : start])
                self._text(payload) if data[at] == _WHOLE_TEXT else self.handle_bytes(Frame(Opcode.BINARY, payload))
            else:
                super().data_received(data[at:stop])
            at, count = stop, count + 1

    @property
    def _may_skip(self) -> bool:
        """Whether uvicorn's parser need not see a whole message: it is not in the middle of one, nor at the end."""
        return not self.close_sent and not self.frames

    def _keep(self, data: bytes, wanted: int) -> None:
        """Keeps the rest until it is ``wanted`` bytes long; with 0 until the others have had their turn."""
        self._kept, self._wanted = bytearray(data), wanted
        if not wanted and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on, True)

    def _go_on(self, rested: bool = False) -> None:
        """Reads frames that waited their turn, unless the application has enough to do."""
        if self._kept is None or self._wanted or self.queue.qsize() >= MOST_WAITING:
            return
        if self.read_paused and rested:
            self.read_paused = False
            self.transport.resume_reading()
        if not self.read_paused:
            self.data_received(b"")

    def _text(self, payload: bytes) -> None:
        if self._take is not None:
            try:
                self._take(payload.decode())
                return
            except UnicodeDecodeError:
                pass  # uvicorn knows how to refuse it.
        self.handle_text(Frame(Opcode.TEXT, payload))

    def handle_ping(self) -> None:
        """See uvicorn: whoever pings must read what it is answered."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """See uvicorn: what a peer that is not there any more has not read, it will never read."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """See uvicorn: queues a whole message for the application; reading stops only when they pile up."""
        paused, self.read_paused = self.read_paused, True  # What reads as paused is not paused again.
        super().send_receive_event_to_app()
        self.read_paused = paused
        if not paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()

    def _direct(self, take: Take | None) -> None:
        """Hands over what waits, and from then on what comes; binary messages and the end still wait in the queue."""
        self._take = take
        for _ in range(self.queue.qsize() if take else 0):
            message = self.queue.get_nowait()
            text = message.get("text")
            if not isinstance(text, str) or take is None:
                self.queue.put_nowait(message)
            else:
                take(text)
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()
            self._go_on()


def _payload(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame that begins at ``at`` begins and ends; beyond the data when that is not known."""
    beyond = len(data) + 1
    if len(data) < at + 2:
        return beyond, beyond
    length, start = data[at + 1] & 0x7F, at + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        if len(data) < start + size:
            return beyond, beyond
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    start += 4 if data[at + 1] & _MASKED else 0
    return start, start + length
