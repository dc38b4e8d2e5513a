"""Connections that never ask for anything do not last."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from appliance.server import http
from appliance.server.http import PunctualHttp
from appliance.server.serve import uvicorn_config

HANDSHAKE = "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


async def hello(request: Request) -> PlainTextResponse:
    """Answers with what it is sent, when that is whole."""
    return PlainTextResponse(await request.body())


async def echo(websocket: WebSocket) -> None:
    """Says what it hears."""
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """The service's server on a free port."""
    app = Starlette(routes=[Route("/", hello, methods=["POST"]), WebSocketRoute("/echo", echo)])
    config = uvicorn_config(app)
    config.port = 0
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def lost(port: int, sent: str) -> bytes:
    """What a connection is answered before it is ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.encode())
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("sent", ["", "G", "GET / HTTP/1.1\r\n", HANDSHAKE], ids=["nothing", "letter", "line", "half"])
async def test_half_a_handshake_does_not_keep_its_connection(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_SECS", 0.05)
    async with serving() as port:
        assert await lost(port, sent) == b""


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when the time for a request's head is over; it is short."""
    over = asyncio.Event()
    too_late = PunctualHttp._too_late

    def watched(self: PunctualHttp) -> None:
        too_late(self)
        over.set()

    monkeypatch.setattr(PunctualHttp, "_too_late", watched)
    monkeypatch.setattr(http, "HEAD_SECS", 0.2)
    return over


async def test_a_request_whose_head_has_come_may_take_its_time(deadline: asyncio.Event) -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
        async with asyncio.timeout(10):
            await deadline.wait()
            writer.write(b"lo")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.close()


async def test_a_websocket_that_has_shaken_hands_stays(deadline: asyncio.Event) -> None:
    async with (
        serving() as port,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{port}/echo") as socket,
        asyncio.timeout(10),
    ):
        await deadline.wait()
        await socket.send_str("still here")
        assert (await socket.receive()).data == "still here"
