"""OpenAI's audio endpoints as the API reference describes them, by a server that does what a test wants.

Spoken over plain sockets, so that it can also break off where no web server would.
"""

import asyncio
import contextlib
import email.parser
import email.policy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the way to answer it."""

    path: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    hung_up: asyncio.Event
    """Set when the client has gone."""

    @property
    def json(self) -> dict[str, Any]:
        """The body of a request for speech."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def form(self) -> dict[str, Any]:
        """The fields of a request for a transcription; the file as its name, type and content."""
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        fields: dict[str, Any] = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            content = cast(bytes, part.get_payload(decode=True))
            file = part.get_filename()
            fields[name] = (file, part.get_content_type(), content) if file else content.decode()
        return fields

    async def begin(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """The status line and headers of a chunked answer."""
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "transfer-encoding: chunked", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def send(self, piece: bytes) -> None:
        """One chunk of the body; an empty one ends it."""
        self.writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await self.writer.drain()

    async def whole(self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """All of an answer."""
        await self.begin(status, kind, **headers)
        if body:
            await self.send(body)
        await self.send(b"")


@dataclass
class OpenAIServer:
    """What is at ``base_url``: each request gets the next of ``answers``, the last one for ever."""

    answers: list[Answer]
    base_url: str = ""
    seen: list[Exchange] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there has been a request."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which is for one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in named}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        exchange = Exchange(head[0].split()[1], headers, body, writer, asyncio.Event())
        self.seen.append(exchange)
        self.asked.set()
        watching = asyncio.create_task(_watch(reader, exchange.hung_up))
        try:
            await (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(exchange)
        finally:
            watching.cancel()


async def _watch(reader: asyncio.StreamReader, hung_up: asyncio.Event) -> None:
    """A client says nothing more before it has its answer: all there is to be read is its end."""
    with contextlib.suppress(OSError):
        await reader.read()
    hung_up.set()


@asynccontextmanager
async def openai_server(*answers: Answer) -> AsyncIterator[OpenAIServer]:
    """A server on a free port of this machine, for as long as the block lasts."""
    ours = OpenAIServer(list(answers))
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await ours.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    ours.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield ours
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def hangs(exchange: Exchange) -> None:
    """Never answers."""
    await exchange.hung_up.wait()


async def closes(exchange: Exchange) -> None:
    """Hangs up instead of answering."""
    exchange.writer.transport.abort()


def refuses(status: int, code: str = "", **headers: str) -> Answer:
    """An error as OpenAI describes it."""

    async def answer(exchange: Exchange) -> None:
        error = {"message": "You said: my card is 4111", "type": "server_error", "code": code or None, "param": None}
        await exchange.whole(json.dumps({"error": error}).encode(), status, **headers)

    return answer


def says(text: str) -> Answer:
    """A transcription."""

    async def answer(exchange: Exchange) -> None:
        await exchange.whole(json.dumps({"text": text, "usage": {"type": "duration", "seconds": 1}}).encode())

    return answer


def sends(body: bytes, kind: str = "application/json") -> Answer:
    """Anything at all."""

    async def answer(exchange: Exchange) -> None:
        await exchange.whole(body, kind=kind)

    return answer


async def without_end(exchange: Exchange) -> None:
    """PCM, or whatever it may be taken for, for ever."""
    await exchange.begin(kind="audio/pcm")
    while True:
        await exchange.send(bytes(64_000))


def cut_off(pcm: bytes) -> Answer:
    """Hangs up in the middle."""

    async def answer(exchange: Exchange) -> None:
        await exchange.begin(kind="audio/pcm")
        await exchange.send(pcm)
        exchange.writer.close()
        await exchange.writer.wait_closed()

    return answer


def stops(pcm: bytes) -> Answer:
    """Falls silent in the middle."""

    async def answer(exchange: Exchange) -> None:
        await exchange.begin(kind="audio/pcm")
        if pcm:
            await exchange.send(pcm)
        await exchange.hung_up.wait()

    return answer
