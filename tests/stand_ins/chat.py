"""A server of chat completions for tests, written from the protocol's description and sharing no code with ours.

It checks what it is asked as strictly as servers do, and answers by a script: event-stream chunks with a role first,
texts and tool calls in pieces, the usage when it is asked for, ``[DONE]`` at the end; and everything that can go wrong.
"""

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

ROLES = ("system", "user", "assistant", "tool")


class Hangup(Exception):  # noqa: N818 - it is no error: the script says so
    """The connection is cut off."""


@dataclass
class Exchange:
    """One request, and the way to answer it."""

    body: dict[str, Any]
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    streams: bool = False

    async def answer(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
        """A whole answer."""
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} Whatever\r\ncontent-type: {kind}\r\ncontent-length: {len(body.encode())}\r\n{more}\r\n"
        )
        self.writer.write(head.encode() + body.encode())
        await self.writer.drain()

    async def begin(self) -> None:
        """The head of a streamed answer."""
        self.streams = True
        self.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        await self.writer.drain()

    async def raw(self, text: str) -> None:
        """A piece of the stream, whatever it is."""
        if not self.streams:
            await self.begin()
        data = text.encode()
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def data(self, content: Any) -> None:
        """One event."""
        await self.raw(f"data: {json.dumps(content)}\n\n")

    async def delta(self, reason: str | None = None, **delta: Any) -> None:
        """One chunk with a choice."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        await self.data(self._chunk(choices=[choice]))

    async def finish(self, reason: str = "stop") -> None:
        """The reason, the usage if it was asked for, and the end."""
        await self.delta(reason)
        if (self.body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 70, "completion_tokens": 7, "total_tokens": 77}
            await self.data(self._chunk(choices=[], usage=usage))
        await self.raw("data: [DONE]\n\n")
        await self.close()

    async def close(self) -> None:
        """The end of the stream, as HTTP says it."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def _chunk(self, **more: Any) -> dict[str, Any]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": self.body.get("model")}
        return {**head, **more}


Behaviour = Callable[[Exchange], Awaitable[None]]


def says(*pieces: str | asyncio.Event, reason: str = "stop") -> Behaviour:
    """Writes a text, piece by piece; an event among them is waited for."""

    async def behave(exchange: Exchange) -> None:
        await exchange.delta(role="assistant", content="")
        for piece in pieces:
            if isinstance(piece, asyncio.Event):
                await piece.wait()
            else:
                await exchange.delta(content=piece)
        await exchange.finish(reason)

    return behave


def calls(*wanted: tuple[str, Any], text: str = "") -> Behaviour:
    """Calls functions: each name with its arguments, which are streamed in pieces and one call after another."""

    async def behave(exchange: Exchange) -> None:
        await exchange.delta(role="assistant", content=text or None)
        for index, (name, arguments) in enumerate(wanted):
            written = arguments if isinstance(arguments, str) else json.dumps(arguments)
            function = {"name": name, "arguments": ""}
            call = {"index": index, "id": f"call_{name}_{index}", "type": "function", "function": function}
            await exchange.delta(tool_calls=[call])
            for at in range(0, len(written), 5):
                await exchange.delta(tool_calls=[{"index": index, "function": {"arguments": written[at : at + 5]}}])
        await exchange.finish("tool_calls")

    return behave


def refuses(status: int, code: str | None = None, message: str = "no", **headers: str) -> Behaviour:
    """Answers with an error."""

    async def behave(exchange: Exchange) -> None:
        error = {"message": message, "type": "error", "param": None, "code": code}
        await exchange.answer(status, json.dumps({"error": error}), **headers)

    return behave


def answers(body: str, kind: str = "text/html") -> Behaviour:
    """Answers with something that is no stream."""

    async def behave(exchange: Exchange) -> None:
        await exchange.answer(200, body, kind)

    return behave


def streams(*pieces: str, cut: bool = False) -> Behaviour:
    """Streams these bytes as they are, and then ends, or cuts the connection off."""

    async def behave(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.raw(piece)
        if cut:
            raise Hangup
        await exchange.close()

    return behave


def breaks_off(*pieces: str, cut: bool = False) -> Behaviour:
    """Begins to write and ends in the middle, or is cut off."""

    async def behave(exchange: Exchange) -> None:
        await exchange.delta(role="assistant", content="")
        for piece in pieces:
            await exchange.delta(content=piece)
        if cut:
            raise Hangup
        await exchange.close()

    return behave


def hangs(*pieces: str, head: bool = False) -> Behaviour:
    """Writes something, or nothing at all, and then nothing more."""

    async def behave(exchange: Exchange) -> None:
        if head:
            await exchange.delta(role="assistant", content="")
        for piece in pieces:
            await exchange.delta(content=piece)
        await asyncio.Event().wait()

    return behave


@dataclass
class ChatServer:
    """``async with ChatServer() as server``: serves until the block's end. What is not in the script is ``usual``."""

    script: deque[Behaviour] = field(default_factory=deque)
    usual: Behaviour = field(default_factory=lambda: says("Well, ", "what can I do for you?"))
    requests: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of what was asked, in order."""
    headers: list[dict[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was asked wrongly; a real server would have refused it, too."""
    gone: int = 0
    """Answers that nobody waited for to the end."""
    listener: socket.socket | None = None

    async def __aenter__(self) -> Self:
        self._changed = asyncio.Event()
        self._clients: set[asyncio.Task[None]] = set()
        if self.listener is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        else:
            self._server = await asyncio.start_server(self._serve, sock=self.listener.dup())
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def will(self, *behaviours: Behaviour) -> None:
        """What it does next."""
        self.script.extend(behaviours)

    async def asked(self, times: int) -> None:
        """Waits until it has been asked so often."""
        async with asyncio.timeout(20):
            while len(self.requests) < times:
                self._changed.clear()
                await self._changed.wait()

    async def abandoned(self, times: int = 1) -> None:
        """Waits until so many answers have been given up by who asked."""
        async with asyncio.timeout(20):
            while self.gone < times:
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        left, feed_eof = asyncio.Event(), reader.feed_eof

        def eof() -> None:
            feed_eof()
            left.set()

        reader.feed_eof = eof  # type: ignore[method-assign]
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, Hangup, asyncio.CancelledError):
                while True:
                    await self._exchange(reader, writer, left)
        finally:
            self._clients.discard(task)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: asyncio.Event) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        exchange = Exchange(body, headers, writer)
        self.requests.append(body)
        self.headers.append(headers)
        self._changed.set()
        if wrong := wrong_with(head[0], body):
            self.wrong += wrong
            await refuses(400, "invalid_request_error", "; ".join(wrong))(exchange)
            return
        behave = self.script.popleft() if self.script else self.usual
        answering = asyncio.ensure_future(behave(exchange))
        leaving = asyncio.ensure_future(left.wait())
        done, _ = await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if answering not in done:
            answering.cancel()
            self.gone += 1
            self._changed.set()
            raise Hangup
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await answering


def wrong_with(request: str, body: dict[str, Any]) -> list[str]:
    """What a server refuses in a request: the first line, and the body."""
    messages = body.get("messages") or []
    wrong = [] if request.startswith("POST /v1/chat/completions ") else [f"nothing is at {request}"]
    wrong += [] if isinstance(body.get("model"), str) and body["model"] else ["no model"]
    wrong += [] if body.get("stream") is True else ["not streamed"]
    wrong += [] if messages else ["no messages"]
    wrong += [f"{one.get('role')!r} is no role" for one in messages if one.get("role") not in ROLES]
    wrong += [] if any(one.get("role") == "user" for one in messages) else ["nobody has said anything"]
    wrong += ["instructions that are not at the beginning"] * any(one.get("role") == "system" for one in messages[1:])
    wrong += [f"no text in {one}" for one in messages if not isinstance(one.get("content"), str)]
    wrong += [] if body.get("tools", [0]) else ["an empty list of tools"]
    wrong += [what for tool in body.get("tools", ()) for what in wrong_tool(tool)]
    return wrong + wrong_pairs(messages)


def wrong_pairs(messages: Sequence[dict[str, Any]]) -> list[str]:
    """Calls without results right behind them, results without calls, and two in a row from the same side."""
    wrong: list[str] = []
    open_: list[str] = []
    for before, message in zip([{}, *messages], messages, strict=False):
        if message.get("role") == "tool":
            if message.get("tool_call_id") in open_:
                open_.remove(message["tool_call_id"])
            else:
                wrong.append(f"a result without its call: {message}")
            continue
        wrong += [f"no result of {call} before {message}" for call in open_]
        if message.get("role") == before.get("role") == "user":
            wrong.append(f"two in a row from the same side: {message}")
        open_ = [call["id"] for call in message.get("tool_calls") or ()]
        for call in message.get("tool_calls") or ():
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                wrong.append(f"arguments that are no object: {call}")
    return wrong + [f"no result of {call}" for call in open_]


def wrong_tool(tool: dict[str, Any]) -> list[str]:
    """What is wrong with the description of a tool."""
    function = tool.get("function") or {}
    schema = function.get("parameters") or {}
    fine = tool.get("type") == "function" and function.get("name", "").isidentifier() and schema.get("type") == "object"
    known = set(schema.get("required", ())) <= set(schema.get("properties", {}))
    return [] if fine and known else [f"no tool: {tool}"]
