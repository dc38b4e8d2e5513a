"""The service's WebSocket: whole text frames take a short way, everything else uvicorn's, and nothing gets lost."""

import asyncio
import base64
import contextlib
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from appliance.server import websocket
from appliance.server.websocket import (
    DIRECT,
    MOST_AT_ONCE,
    MOST_UNREAD_BYTES,
    MOST_WAITING,
    StreamingWebSocket,
    _payload,
)

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


class Watched(StreamingWebSocket):
    """What a test looks at: the newest connection, how much waited at most, when it was lost."""

    last: "Watched"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        Watched.last = self
        self.lost = asyncio.Event()
        self.most_waiting = 0
        self.most_unread_bytes = 0

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost.set()

    def send_receive_event_to_app(self) -> None:
        super().send_receive_event_to_app()
        self.most_waiting = max(self.most_waiting, self.queue.qsize())

    def handle_ping(self) -> None:
        super().handle_ping()
        self.most_unread_bytes = max(self.most_unread_bytes, self.transport.get_write_buffer_size())


@contextlib.asynccontextmanager
async def serving(
    app: Application, *, ping_secs: float = 20.0, buffer_bytes: int = 0
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A socket whose handshake is done; with ``buffer_bytes`` one that takes little of what it does not read."""
    config = uvicorn.Config(
        app,
        port=0,
        ws=Watched,
        ws_per_message_deflate=False,
        ws_max_size=100_000,
        ws_ping_interval=ping_secs,
        ws_ping_timeout=ping_secs,
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
    connection = socket.socket()
    if buffer_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=buffer_bytes or 2**16)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    if buffer_bytes:
        wire = Watched.last.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
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
        assert Watched.last.most_waiting == MOST_WAITING


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING], ids=["text", "binary", "ping"])
async def test_however_many_frames_come_at_once_others_have_their_turn(
    opcode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: Counter[int] = Counter()
    turn = 0

    def counted(data: bytes, at: int) -> tuple[int, int]:
        turns[turn] += 1
        return _payload(data, at)

    monkeypatch.setattr(websocket, "_payload", counted)
    app = Application(direct=True)
    async with serving(app) as (_, writer):
        writer.write(frame(b"", opcode) * 5000 + frame(b"done"))
        async with asyncio.timeout(20):
            while "done" not in app.got:
                turn += 1
                await asyncio.sleep(0)
    assert sum(turns.values()) >= 5001
    assert max(turns.values()) <= 2 * (MOST_AT_ONCE + 1)


async def test_a_long_message_in_small_pieces_is_looked_at_when_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted(data: bytes, at: int) -> tuple[int, int]:
        looks.append(len(data))
        return _payload(data, at)

    monkeypatch.setattr(websocket, "_payload", counted)
    app = Application(direct=True)
    message = frame(LONGER)
    async with serving(app) as (_, writer):
        for at in range(0, len(message), 100):
            writer.write(message[at : at + 100])
            await writer.drain()
            await asyncio.sleep(0)
        assert await app.has(1) == [LONGER.decode()]
    assert 1 < len(looks) <= 3


async def flood(writer: asyncio.StreamWriter, data: bytes) -> None:
    for _ in range(1000):
        writer.write(data)
        await writer.drain()


async def test_who_pings_and_never_reads_is_cut_off() -> None:
    app = Application(direct=True)
    async with serving(app, buffer_bytes=4096) as (_, writer):
        with pytest.raises(ConnectionError):
            await flood(writer, frame(b"x" * 125, PING) * 1000)
        async with asyncio.timeout(10):
            await Watched.last.lost.wait()
        assert MOST_UNREAD_BYTES - 127 < Watched.last.most_unread_bytes <= MOST_UNREAD_BYTES


async def test_a_peer_that_answers_no_ping_is_not_kept_for_what_it_has_not_read() -> None:
    app = Application(direct=True)
    async with serving(app, ping_secs=0.05, buffer_bytes=4096):
        Watched.last.transport.write(b"x" * 1_000_000)
        async with asyncio.timeout(10):
            await Watched.last.lost.wait()
        assert (await app.has(1))[-1] == ("closed", 1005)


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
