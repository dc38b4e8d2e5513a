"""Deepgram's live transcription as its documentation describes it: a server that does what a test wants.

Each connection is heard to its end (``CloseStream``), unless the test's part in it ends before.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

REQUEST_ID = "6a1b0c1e-0000-4000-8000-000000000000"


def results(text: str, *, final: bool = True, from_finalize: bool = False, confidence: float = 0.98) -> str:
    """A message of the kind ``Results``."""
    words = [
        {"word": word.lower(), "start": 0.1, "end": 0.5, "confidence": confidence, "punctuated_word": word}
        for word in text.split()
    ]
    alternative = {"transcript": text, "confidence": confidence if text else 0.0, "words": words}
    return json.dumps(
        {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": 1.0,
            "start": 0.0,
            "is_final": final,
            "speech_final": False,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": REQUEST_ID, "model_info": {"name": "general-nova-3"}, "model_uuid": REQUEST_ID},
        }
    )


METADATA = json.dumps(
    {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": REQUEST_ID,
        "sha256": "0" * 64,
        "created": "2026-11-20T12:00:00.000Z",
        "duration": 1.0,
        "channels": 1,
    }
)


@dataclass
class Session:
    """One connection: what it was asked for, what came, and the socket to answer on."""

    socket: ServerConnection
    query: dict[str, str]
    authorization: str | None
    audio: bytearray = field(default_factory=bytearray)
    texts: list[str] = field(default_factory=list)
    """The kinds of text messages, in order."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, kind: str) -> None:
        """Takes what comes until a text message of that kind is there."""
        while kind not in self.texts:
            await self._take()

    async def heard(self, length: int) -> None:
        """Takes what comes until so much audio is there."""
        while len(self.audio) < length:
            await self._take()

    async def say(self, *messages: str | bytes) -> None:
        """Sends."""
        for message in messages:
            await self.socket.send(message)

    async def _take(self) -> None:
        message = await self.socket.recv()
        if isinstance(message, bytes):
            self.audio += message
        else:
            self.texts.append(json.loads(message)["type"])


Part = Callable[[Session], Awaitable[None]]


@dataclass
class DeepgramServer:
    """What is at ``base_url``: each connection gets the next of ``parts``, the last one for ever."""

    parts: list[Part | int]
    base_url: str = ""
    sessions: list[Session] = field(default_factory=list)
    refused: int = 0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there has been a connection."""

    def next(self) -> Part | int:
        return self.parts.pop(0) if len(self.parts) > 1 else self.parts[0]


@asynccontextmanager
async def deepgram_server(*parts: Part | int) -> AsyncIterator[DeepgramServer]:
    """A server on a free port of this machine. A number is a status to refuse with."""
    ours = DeepgramServer(list(parts))
    chosen: dict[ServerConnection, Part] = {}

    def admit(socket: ServerConnection, request: Request) -> Response | None:
        part = ours.next()
        if isinstance(part, int):
            ours.refused += 1
            return socket.respond(HTTPStatus(part), '{"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}\n')
        chosen[socket] = part
        return None

    async def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        query = dict(parse_qsl(urlsplit(socket.request.path).query))
        session = Session(socket, query, socket.request.headers.get("Authorization"))
        ours.sessions.append(session)
        ours.connected.set()
        try:
            await chosen.pop(socket)(session)
        except ConnectionClosed:
            pass
        finally:
            session.gone.set()

    async with serve(handle, "127.0.0.1", 0, process_request=admit, compression=None, close_timeout=0.1) as server:
        ours.base_url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1/listen"
        yield ours


def hears(*messages: str) -> Part:
    """Says ``messages`` once all has been flushed, and hangs up as it is told to."""

    async def part(session: Session) -> None:
        await session.until("Finalize")
        await session.say(*messages)
        await session.until("CloseStream")
        await session.say(METADATA)

    return part


async def hangs(session: Session) -> None:
    """Takes all there is and says nothing."""
    await session.until("never")


def closes(code: int, reason: str = "") -> Part:
    """Takes some audio and hangs up."""

    async def part(session: Session) -> None:
        await session.heard(800)
        await session.say(results("opening", final=False))
        await session.socket.close(code, reason)

    return part


async def breaks(session: Session) -> None:
    """Takes some audio, and the connection is gone without a word."""
    await session.heard(800)
    session.socket.transport.abort()
