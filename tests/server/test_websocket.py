"""The service's WebSocket: whole text frames take a short way, everything else uvicorn's, and nothing gets lost."""

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from appliance.server.websocket import DIRECT, StreamingWebSocket

TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
MASK = b"\x11\x22\x33\x44"


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True, masked: bool = True) -> bytes:
    """See RFC 6455, section 5.2."""
    head = bytes([(0x80 if fin else 0) | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65_536:
        head += bytes([bit | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + len(payload).to_bytes(8, "big")
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


class Application:
    """Takes messages directly, or with ``receive``; ``got`` holds them in order."""

    def __init__(self, *, direct: bool) -> None:
        self.got: list[Any] = []
        self.news = asyncio.Event()
        self.release = asyncio.Event()
        self._direct = direct

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        if self._direct:
            scope["extensions"][DIRECT](self.take)
        else:
            await self.release.wait()
        while (message := await receive())["type"] == "websocket.receive":
            self.take(message.get("text") or message.get("bytes"))
        self.take(("closed", message["code"]))

    def take(self, message: Any) -> None:
        self.got.append(message)
        self.news.set()

    async def has(self, count: int) -> list[Any]:
        async with asyncio.timeout(10):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()
        return self.got


@contextlib.asynccontextmanager
async def serving(app: Application) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A socket whose handshake is done."""
    config = uvicorn.Config(
        app,
        port=0,
        ws=StreamingWebSocket,
        ws_per_message_deflate=False,
        ws_max_size=100_000,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    listening = asyncio.Event()
    start = server.startup

    async def startup(sockets: Any = None) -> None:
        await start(sockets)
        listening.set()

    server.startup = startup  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    await asyncio.wait_for(listening.wait(), 10)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await asyncio.wait_for(task, 10)


LONG, LONGER = b"x" * 300, b"y" * 70_000
STREAM = b"".join(
    (
        frame(b"one"),
        frame(LONG),
        frame(b"two ", fin=False),
        frame(b"halves", CONTINUED),
        frame(b"\0\1", BINARY),
        frame("Grüße".encode()),
        frame(LONGER),
        frame(b""),
        frame(b"last"),
    )
)
TEXTS = ["one", LONG.decode(), "Grüße", LONGER.decode(), "last"]


@pytest.mark.parametrize("size", [1, 7, 1000, len(STREAM)])
@pytest.mark.parametrize("direct", [True, False])
async def test_messages_arrive_whole_however_the_bytes_are_cut(size: int, direct: bool) -> None:
    app = Application(direct=direct)
    app.release.set()
    async with serving(app) as (_, writer):
        for at in range(0, len(STREAM), size):
            writer.write(STREAM[at : at + size])
        got = await app.has(8)
        assert [message for message in got if message in TEXTS] == TEXTS
        assert "two halves" in got
        assert b"\0\1" in got


async def test_without_direct_delivery_the_order_is_that_of_the_wire() -> None:
    app = Application(direct=False)
    app.release.set()
    async with serving(app) as (_, writer):
        writer.write(STREAM)
        got = await app.has(8)
        assert [message for message in got if message][:7] == [
            "one", LONG.decode(), "two halves", b"\0\1", "Grüße", LONGER.decode(), "last"
        ]  # fmt: skip


async def test_a_flood_waits_in_the_socket_until_the_application_takes_it() -> None:
    app = Application(direct=False)
    async with serving(app) as (_, writer):
        for number in range(500):
            writer.write(frame(b"%d" % number))
        app.release.set()
        assert await app.has(500) == [str(number) for number in range(500)]


async def test_a_ping_is_answered_and_a_close_ends_it() -> None:
    app = Application(direct=True)
    async with serving(app) as (reader, writer):
        writer.write(frame(b"there?", PING) + frame(b"text"))
        assert await asyncio.wait_for(reader.readexactly(8), 10) == bytes([0x80 | PONG, 6]) + b"there?"
        assert await app.has(1) == ["text"]
        writer.write(frame((1000).to_bytes(2, "big"), CLOSE))
        assert await app.has(2) == ["text", ("closed", 1000)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (frame(b"no mask", masked=False), 1002),
        (frame(b"\xff\xfe"), 1007),
        (frame(b"", 0x3), 1002),
        (b"\x81\xff" + (200_000).to_bytes(8, "big") + MASK, 1009),
    ],
    ids=["unmasked", "not UTF-8", "unknown opcode", "too long"],
)
async def test_what_breaks_the_protocol_closes_the_socket(bad: bytes, code: int) -> None:
    app = Application(direct=True)
    async with serving(app) as (reader, writer):
        writer.write(frame(b"good") + bad)
        answer = await asyncio.wait_for(reader.read(), 10)
        assert (answer[0], int.from_bytes(answer[2:4], "big")) == (0x88, code)
        assert (await app.has(2))[0] == "good"
