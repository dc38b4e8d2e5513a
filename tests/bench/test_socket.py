"""The bench's own WebSocket client, against a real server."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.server import serve

from appliance.bench.socket import ClientSocket, text_frame


async def echo(connection: Any) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_texts_of_every_length_come_back(size: int) -> None:
    got: asyncio.Queue[bytes] = asyncio.Queue()
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        socket = await ClientSocket.connect("127.0.0.1", port, "/", got.put_nowait)
        socket.send(text_frame(b"x" * size) + text_frame(b"next"))
        async with asyncio.timeout(10):
            assert [await got.get(), await got.get()] == [b"x" * size, b"next"]
        socket.close()


async def test_a_ping_is_answered() -> None:
    async def ping(connection: Any) -> None:
        await (await connection.ping())
        await connection.send("answered")

    got: asyncio.Queue[bytes] = asyncio.Queue()
    async with serve(ping, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        socket = await ClientSocket.connect("127.0.0.1", port, "/", got.put_nowait)
        async with asyncio.timeout(10):
            assert await got.get() == b"answered"
        socket.close()


async def test_a_refusal_says_why() -> None:
    async with serve(echo, "127.0.0.1", 0, process_request=lambda c, r: c.respond(404, "no such call")) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionRefusedError, match=r"^HTTP/1\.1 404 Not Found$"):
            await ClientSocket.connect("127.0.0.1", port, "/", lambda text: None)
