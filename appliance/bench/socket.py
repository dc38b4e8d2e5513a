"""A WebSocket client that costs next to nothing, so that one core can play several hundred telephones.

See RFC 6455. Its mask is zero, which is a legal one: the server unmasks it like any other. It reads whole text
frames (the servers it is for never split them), and answers pings.
"""

import asyncio
import base64
import os
import socket as sockets
from collections.abc import Callable

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_MASK = b"\0\0\0\0"


def text_frame(text: bytes) -> bytes:
    """A masked text frame as a client sends it."""
    length = len(text)
    if length < 126:
        head = bytes((0x80 | _TEXT, 0x80 | length))
    elif length < 65_536:
        head = bytes((0x80 | _TEXT, 0x80 | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((0x80 | _TEXT, 0x80 | 127)) + length.to_bytes(8, "big")
    return head + _MASK + text


class ClientSocket(asyncio.Protocol):
    """One connection. ``on_text`` is told each text message; ``lost`` is set once the server has closed it."""

    def __init__(self, on_text: Callable[[bytes], None]) -> None:
        self.lost = False
        self.close_code: int | None = None
        """What the server said when it closed."""
        self.messages = 0
        self._on_text = on_text
        self._buffer = b""
        self._transport: asyncio.Transport
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._over = asyncio.Event()

    @classmethod
    async def connect(
        cls, host: str, port: int, path: str, on_text: Callable[[bytes], None], *, receive_bytes: int | None = None
    ) -> "ClientSocket":
        """Opens ``path``. ConnectionRefusedError, with the server's answer, when it does not want to.

        ``receive_bytes`` is what the system keeps while nothing is read, if that is to be little.
        """
        loop, connection = asyncio.get_running_loop(), sockets.socket()
        if receive_bytes is not None:
            connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, receive_bytes)
        connection.setblocking(False)
        await loop.sock_connect(connection, (host, port))
        _, socket = await loop.create_connection(lambda: cls(on_text), sock=connection)
        key = base64.b64encode(os.urandom(16)).decode()
        socket._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await socket._open
        return socket

    def send(self, frame: bytes) -> None:
        """Sends what ``text_frame`` made."""
        self._transport.write(frame)

    def pause(self) -> None:
        """Reads nothing more."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Reads what has come."""
        self._transport.resume_reading()

    async def wait_lost(self) -> None:
        """Returns once the server has closed it."""
        await self._over.wait()

    def close(self) -> None:
        """Drops the connection."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.lost = True
        self._over.set()
        if not self._open.done():
            self._open.set_exception(ConnectionRefusedError("the server closed the connection at once"))

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open:
            self._handshake()
        if self._is_open:
            self._frames()

    def _handshake(self) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        if " 101 " not in status:
            self._open.set_exception(ConnectionRefusedError(status))
            self._transport.abort()
            return
        self._buffer = rest
        self._is_open = True
        self._open.set_result(None)

    def _frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            start, length = at + 2, buffer[at + 1] & 0x7F
            if length >= 126:
                size = 2 if length == 126 else 8
                length = int.from_bytes(buffer[start : start + size], "big")
                start += size
            if len(buffer) < start + length:
                break
            opcode = buffer[at] & 0x0F
            at = start + length
            if opcode == _TEXT:
                self.messages += 1
                self._on_text(buffer[start:at])
            elif opcode == _PING:
                self._transport.write(bytes((0x80 | _PONG, 0x80 | length)) + _MASK + buffer[start:at])
            elif opcode == _CLOSE:
                self.lost = True
                self._over.set()
                self.close_code = int.from_bytes(buffer[start : start + 2], "big")
        self._buffer = buffer[at:]
