"""uvicorn's WebSocket protocol, for sockets that bring fifty small messages a second.

A carrier's message is one whole, masked text frame. Such a frame is read here, and handed over at once where the
application has asked for that; every other byte goes uvicorn's own way. What that way costs per message: two system
calls, because reading stops until the application has taken it, a queue, a task's wake-up, and several objects.

See RFC 6455, section 5.2.
"""

from collections.abc import Callable

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.speedups import apply_mask

DIRECT = "appliance.direct"
"""The scope's extension: a function that takes the one who is told each text message, or None for nobody any more."""

MOST_WAITING = 16
"""So many messages may wait for the application before reading stops."""

_WHOLE_TEXT = 0x81
_MASKED = 0x80

Take = Callable[[str | bytes], None]


class StreamingWebSocket(WebSocketsSansIOProtocol):
    """To be given to uvicorn as ``ws``."""

    _take: Take | None = None
    _kept = b""
    _in_step = False
    """Whether uvicorn's parser stands between two frames."""

    def handle_connect(self, event: Request) -> None:
        """See uvicorn: the application is told that it may be served directly."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
            extensions[DIRECT] = self._direct

    def data_received(self, data: bytes) -> None:
        """See asyncio: bytes of the handshake, then frames, cut anywhere."""
        if not self._in_step:
            super().data_received(data)
            self._in_step = self.handshake_initiated and not self.close_sent
            return
        data = self._kept + data if self._kept else data
        at, end = 0, len(data)
        while at < end:
            start, stop = _payload(data, at)
            if stop > end:
                if stop - at <= self.config.ws_max_size:
                    break
                super().data_received(data[at:])  # It is refused without waiting for the rest.
            elif data[at] == _WHOLE_TEXT and data[at + 1] & _MASKED and not self.close_sent and not self.frames:
                self._text(apply_mask(data[start:stop], data[start - 4 : start]))
            else:
                super().data_received(data[at:stop])
            at = stop
        self._kept = data[at:]

    def _text(self, payload: bytes) -> None:
        if self._take is not None:
            try:
                self._take(payload.decode())
                return
            except UnicodeDecodeError:
                pass  # uvicorn knows how to refuse it.
        self.handle_text(Frame(Opcode.TEXT, payload))

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
