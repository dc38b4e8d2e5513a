"""A viewer that says ``client-ready`` and then reads nothing until it is asked to."""

import asyncio
import base64
import contextlib
import socket as sockets
import struct
from collections.abc import AsyncIterator


class Deaf:
    """Its end of the socket, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def say(self, text: str) -> None:
        data, mask = text.encode(), b"\1\2\3\4"
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._writer.write(b"\x81" + struct.pack("!BH", 0x80 | 126, len(data)) + mask + masked)
        await self._writer.drain()

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        opcode, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return opcode & 0xF, await self.reader.readexactly(length)


@contextlib.asynccontextmanager
async def deaf(port: int, path: str) -> AsyncIterator[Deaf]:
    """One that has connected to this address of this machine; the path holds its token."""
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=4096)
    key = base64.b64encode(b"0123456789abcdef").decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield Deaf(reader, writer)
    finally:
        writer.transport.abort()
