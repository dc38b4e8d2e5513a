"""A viewer's socket: what it reads, what it is told, when it is closed. The real thing, over TCP."""

import asyncio
import base64
import contextlib
import socket as sockets
import struct
from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest

from appliance.supervision import socket as viewer_socket
from tests.supervision.desk import READY, Desk

BIG = "x" * 20_000


class Deaf:
    """A viewer that says ``client-ready`` and then reads nothing until it is asked to."""

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
async def deaf(desk: Desk) -> AsyncIterator[Deaf]:
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", desk.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=4096)
    key = base64.b64encode(b"0123456789abcdef").decode()
    writer.write(
        f"GET /rtvi/CA1?token={desk.token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    yield Deaf(reader, writer)
    writer.transport.abort()


async def test_a_viewer_that_never_reads_is_bounded_and_closed_while_others_get_everything(desk: Desk) -> None:
    bot = desk.call()
    async with deaf(desk) as silent, desk.watching() as socket:
        await silent.say(orjson.dumps(READY).decode())
        await socket.ready()
        await socket.until("snapshot")
        while len(bot.ready) < 2:  # noqa: ASYNC110 - the server takes the message in its own time
            await asyncio.sleep(0)
        subject = desk.hub.subject("CA1")
        assert subject is not None
        feeds = [feed for feed in subject.ready() if feed.closing is None]
        sent, most_bytes = [], 0
        while all(feed.closing is None for feed in feeds):
            sent.append(bot.tell("user-llm-text", {"text": BIG}))
            most_bytes = max(most_bytes, *(feed.waiting_bytes for feed in feeds))
            assert (await socket.next())["seq"] == sent[-1]
        assert most_bytes <= 1_048_576
        assert [feed.closing.code for feed in feeds if feed.closing is not None] == [1013]
        more = [bot.tell("user-llm-text", {"text": "small"}) for _ in range(20)]
        assert [(await socket.next())["seq"] for _ in more] == more
        async with asyncio.timeout(20):
            while (frame := await silent.frame())[0] != 8:
                pass
        assert frame[1] == struct.pack("!H", 1013) + b"too slow: too many messages wait for this viewer"


async def test_a_revoked_token_ends_its_connections(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_socket, "CHECK_SECS", 0)
    desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        assert desk.auth.credentials.revoke("anna") == 1
        assert await socket.closed() == (1008, "the token was revoked or has expired")


async def test_who_never_says_client_ready_does_not_keep_the_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_socket, "CHECK_SECS", 0)
    monkeypatch.setattr(viewer_socket, "READY_SECS", 0)
    desk.call()
    async with desk.watching() as socket:
        assert await socket.closed() == (1008, "no client-ready was sent")


async def test_a_viewer_that_goes_away_without_a_word_leaves_its_place(desk: Desk) -> None:
    desk.call()
    async with deaf(desk):
        subject = desk.hub.subject("CA1")
        assert subject is not None
        assert len(subject) == 1
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)


async def test_nothing_of_a_closed_viewer_reaches_the_call(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        await socket.until("snapshot")
        subject = desk.hub.subject("CA1")
        assert subject is not None
        subject.close(1000, "the call has ended")
        with contextlib.suppress(aiohttp.ClientError):
            await socket.say("send-text", {"content": "hello"}, "2")
        assert await socket.closed() == (1000, "the call has ended")
    assert bot.sequence.last == 2
