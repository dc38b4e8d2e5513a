"""A small real server that a simulated call can ring: a webhook, a media socket, and what came in on them."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from appliance.audio.g711 import pcm_to_ulaw
from appliance.simulator import Sound

STREAM = '<Connect><Stream url="ws://{host}/media"><Parameter name="token" value="t0ken"/></Stream></Connect>'


def tone(secs: float, hz: float = 440.0, amplitude: int = 8000) -> bytes:
    """Mu-law, audible from its first samples to its last."""
    times = np.arange(round(secs * 8000))
    return pcm_to_ulaw((amplitude * np.cos(2 * np.pi * hz * times / 8000)).astype(np.int16).tobytes())


def beep(secs: float, label: str = "beep") -> Sound:
    """A tone as something to say."""
    return Sound(tone(secs), label)


@dataclass
class Socket:
    """The server's side of one media stream."""

    ws: web.WebSocketResponse
    headers: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str | bytes] = field(default_factory=list)
    start: dict[str, Any] = field(default_factory=dict)

    async def read(self) -> AsyncIterator[dict[str, Any]]:
        """Every message that can be understood, until the socket closes; all are kept in ``raw``."""
        async for message in self.ws:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                self.raw.append(message.data)
                if (known := _parsed(message.data)) is not None:
                    self.messages.append(known)
                    if known.get("event") == "start":
                        self.start = known
                    yield known

    async def until(self, event: str) -> dict[str, Any]:
        """The next message with that event."""
        async for message in self.read():
            if message.get("event") == event:
                return message
        raise EOFError(f"The stream ended before {event}.")

    def events(self) -> list[str]:
        """The events that came, media left out."""
        return [m["event"] for m in self.messages if m["event"] != "media"]

    def audio(self) -> bytes:
        """All the caller's audio that came."""
        return b"".join(base64.b64decode(m["media"]["payload"]) for m in self.messages if m["event"] == "media")

    @property
    def sid(self) -> str:
        """The stream's id."""
        return str(self.start["streamSid"])

    async def play(self, mulaw: bytes) -> None:
        """Sends audio in one message."""
        await self.send("media", media={"payload": base64.b64encode(mulaw).decode()})

    async def mark(self, name: str) -> None:
        """Sends a mark."""
        await self.send("mark", mark={"name": name})

    async def send(self, event: str, **more: object) -> None:
        """Sends a message as the carrier wants it, or with what is given otherwise."""
        await self.ws.send_str(json.dumps({"event": event, "streamSid": self.sid, **more}))


def _parsed(data: str | bytes) -> dict[str, Any] | None:
    try:
        known = json.loads(data)
    except ValueError:
        return None
    return known if isinstance(known, dict) and "event" in known else None


Media = Callable[[Socket], Awaitable[None]]


@dataclass
class Bot:
    """Answers ``twiml`` by path ({host} is filled in), the last of a list for ever, and lets ``media`` talk."""

    media: Media
    twiml: dict[str, list[str]]
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Path with query, form, headers."""
    sockets: list[Socket] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    host: str = ""

    @property
    def url(self) -> str:
        """The voice webhook."""
        return f"http://{self.host}/voice"

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was posted to a path."""
        return [form for asked, form, _ in self.requests if asked == path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any request but a media socket."""
        if request.path == "/media":
            return await self._talk(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append((request.path_qs, form, dict(request.headers)))
        if request.path in self.files:
            return web.Response(body=self.files[request.path])
        answers = self.twiml.get(request.path)
        if not answers:
            return web.Response(status=404)
        text = answers.pop(0) if len(answers) > 1 else answers[0]
        body = f"<Response>{text}</Response>".replace("{host}", self.host)
        return web.Response(text=body, content_type="text/xml")

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, {name.lower(): value for name, value in request.headers.items()})
        self.sockets.append(socket)
        try:
            await self.media(socket)
        except ConnectionError:
            pass
        except Exception as error:
            self.failures.append(error)
        return ws


@asynccontextmanager
async def serving(media: Media, *twiml: str, **more: list[str]) -> AsyncIterator[Bot]:
    """A bot on a free port. ``twiml``: what the voice webhook answers (default: a media stream); ``more`` by path."""
    bot = Bot(media, {"/voice": list(twiml) or [STREAM], **{f"/{path}": texts for path, texts in more.items()}})
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", bot.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.host = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield bot
    finally:
        await runner.cleanup()
        if bot.failures:
            raise bot.failures[0]


async def listen(socket: Socket) -> None:
    """Says nothing, hears all."""
    async for _ in socket.read():
        pass


async def greet(socket: Socket) -> None:
    """Plays 0.3 s, then listens."""
    await socket.until("start")
    await socket.play(tone(0.3))
    await listen(socket)


async def closing(task: "asyncio.Task[None]") -> None:
    """Waits for a task that may have been cancelled."""
    await asyncio.wait({task})
