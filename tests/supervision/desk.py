"""Calls whose RTVI processor a test plays, and viewers of them over real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.clock import ManualClock, WallClock, iso, monotonic
from appliance.rtvi import viewer as viewer_module
from appliance.rtvi.client_messages import ClientReadyData
from appliance.rtvi.conversation import Conversation
from appliance.rtvi.handshake import Version, greet
from appliance.rtvi.viewer import Outgoing, Sequence, Viewer
from appliance.server.serve import uvicorn_config
from appliance.settings import Settings, SupervisionSettings
from appliance.supervision.auth import Auth
from appliance.supervision.calls import CallView
from appliance.supervision.credentials import Credentials
from appliance.supervision.endpoints import routes
from appliance.supervision.hub import Hub
from appliance.supervision.roles import roles_of
from tests.supervision.well_formed import well_formed

WALL = 1_800_000_000.0
READY: dict[str, Any] = {
    "label": "rtvi-ai",
    "type": "client-ready",
    "id": "1",
    "data": {"version": "2.1.0", "about": {"library": "test"}},
}

CALL: dict[str, Any] = {
    "call_id": "CA1",
    "from": "+15550100001",
    "to": "+15550100002",
    "dialplan": "reception",
    "started_at": "2027-01-15T08:00:00.000Z",
    "state": "live",
    "speaking": None,
    "muted": False,
    "recording": False,
    "taken_over_by": None,
    "waits": {"for": "engine", "since": "2027-01-15T08:00:00.000Z"},
}
"""How the list shows a call that has just begun."""

ROLES: dict[str, Any] = {
    "foreign": {"dialplans": ["elsewhere"], "messages": "*"},
    "clerk": {"report_level": "full"},
}
"""The built-in ones, one that covers no call of these tests, and one that sees all but what is personal."""

RIGHTS = roles_of(Settings(roles=ROLES).roles)
SUPERVISOR, VIEWER = RIGHTS["supervisor"], RIGHTS["viewer"]


class Bot:
    """Stands where a call's RTVI processor stands: greets who is ready, tells all the same."""

    def __init__(self, clock: WallClock) -> None:
        self.sequence = Sequence()
        self.conversation = Conversation(clock)
        self.functions: list[dict[str, Any]] = []
        self.announced: dict[str, str] = {}
        """The versions of viewers."""
        self.gone: list[str] = []
        """Viewers that have lost their connection."""
        self.viewers: dict[str, Viewer] = {}
        self.ready: dict[str, Viewer] = {}
        self.asks = False
        """Whether something is asked of those who come late."""
        self.requests: list[dict[str, Any]] = []
        """What viewers have sent, and were refused."""
        self.sound: list[tuple[str, bytes, int, int]] = []
        """Pieces of microphones: who, PCM, rate, channels."""

    def join(self, viewer: Viewer) -> None:
        self.viewers[viewer.id] = viewer

    def leave(self, viewer: Viewer) -> None:
        self.viewers.pop(viewer.id, None)
        self.ready.pop(viewer.id, None)

    def receive(self, viewer: Viewer, text: str | bytes) -> None:
        request = orjson.loads(text)
        if request["type"] == "client-ready":
            self.ready[viewer.id] = viewer
            self.announced[viewer.id] = request["data"]["version"]
            self._send(viewer, "bot-ready", {"version": request["data"]["version"]}, request["id"])
        else:
            self.requests.append(request)
            self._send(viewer, "error-response", {"error": "refused"}, request["id"])

    def ended(self) -> None:
        """Nothing waits here."""

    def receive_audio(self, viewer: Viewer, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        self.sound.append((viewer.name, pcm, sample_rate, num_channels))

    def disconnected(self, viewer: Viewer) -> None:
        self.gone.append(viewer.name)

    def version_of(self, viewer: Viewer) -> Version:
        return greet(ClientReadyData(version=self.announced[viewer.id])).version

    def last_words(self, *, sees_sensitive: bool) -> dict[str, Any] | None:
        return self.conversation.last()

    def snapshot(self, viewer: Viewer) -> dict[str, Any]:
        return {"conversation": self.conversation.as_list(), "functions": self.functions}

    def ask(self, viewer: Viewer, after: int | None) -> None:
        if self.asks:
            self._send(viewer, "llm-function-call-in-progress", {"tool_call_id": f"after {after}"}, "2")

    def heard(self, text: str, at: float = WALL) -> None:
        """The caller said something, before anybody watched."""
        self.conversation.user_said({"text": text, "timestamp": iso(at)})

    def said(self, text: str, heard: str | None = None, *, segment_id: int = 7) -> None:
        """The bot said something, before anybody watched; what was not heard of it was cut off."""
        heard = text if heard is None else heard
        progress = {"accumulated_text": heard, "remaining_text": text[len(heard) :]}
        status = "completed" if heard == text else "in-progress"
        data = {"text": text, "segment_id": segment_id, "spoken_status": status, "spoken_progress": progress}
        self.conversation.bot_output(data)
        self.conversation.interrupted()

    def tell(self, kind: str, data: Any = None, *, droppable: bool = False, once: bool = False) -> int:
        """An event for all who are ready; returns its number."""
        content = {"label": "rtvi-ai", "type": kind} | ({} if data is None else {"data": data})
        outgoing = Outgoing(kind, droppable, content, self.sequence.next(), once=once)
        for viewer in list(self.ready.values()):
            viewer.send(outgoing)
        return outgoing.seq

    def _send(self, viewer: Viewer, kind: str, data: Any, answers: str) -> None:
        content = {"label": "rtvi-ai", "type": kind, "id": answers, "data": data}
        viewer.send(Outgoing(kind, False, content, self.sequence.next(), private=True))


class Socket:
    """A viewer's end of an RTVI socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> dict[str, Any]:
        """The next message."""
        message = await self.socket.receive(timeout=20)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return well_formed(orjson.loads(message.data))

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of this type (for server messages: of this ``data.type``)."""
        while True:
            content = await self.next()
            if kind in (content["type"], (content.get("data") or {}).get("type")):
                return content

    async def ready(self, version: str = "2.1.0") -> dict[str, Any]:
        """Says ``client-ready`` and returns ``bot-ready``."""
        await self.say("client-ready", READY["data"] | {"version": version})
        return await self.until("bot-ready")

    async def say(self, kind: str, data: Any, request_id: str = "1") -> None:
        """Sends a message."""
        await self.socket.send_json({"label": "rtvi-ai", "type": kind, "id": request_id, "data": data})

    async def ask(self, request: str, request_id: str = "9", **data: Any) -> dict[str, Any]:
        """Sends a ``client-message`` and returns what it is answered with."""
        await self.say("client-message", {"t": request, "d": data}, request_id)
        while True:
            content = await self.next()
            if content.get("id") == request_id:
                return content

    async def closed(self) -> tuple[int | None, str]:
        """Reads on until the server closes; its code and reason."""
        while True:
            message = await self.socket.receive(timeout=20)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                return self.socket.close_code, str(message.extra or "")


@dataclass
class Desk:
    """A running server, and a client of it."""

    hub: Hub
    auth: Auth
    port: int
    client: aiohttp.ClientSession
    token: str
    wall: ManualClock
    server: uvicorn.Server
    mistakes: list[str]
    engines: list[dict[str, str]]
    left: list[dict[str, Any]]
    """Messages of callers, as the API tells them."""
    """What is wrong with dialplans, as the house's health tells it."""

    @property
    def connections(self) -> int:
        """How many connections the server has."""
        return len(self.server.server_state.connections)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, call_id: str = "CA1") -> Bot:
        """A call begins."""
        bot = Bot(self.wall)
        view = CallView(call_id, "+15550100001", "+15550100002", "reception", WALL, bot)  # type: ignore[arg-type]
        self.hub.call_started(view)
        return bot

    @contextlib.asynccontextmanager
    async def watching(self, path: str = "/rtvi/CA1", role: str | None = None, **more: Any) -> AsyncIterator[Socket]:
        """A socket that was accepted, with the token or one of another role."""
        token = self.token if role is None else self.auth.credentials.add("token", role, role, None)
        headers = {"authorization": f"Bearer {token}"}
        async with self.client.ws_connect(self.url + path, headers=headers, **more) as socket:
            yield Socket(socket)

    async def refused(self, path: str, **more: Any) -> tuple[int, str]:
        """Status with which a socket is refused before it is accepted, and the text of a GET's answer is not read."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await self.client.ws_connect(self.url + path, **more)
        return refusal.value.status, refusal.value.message


async def snapshot(socket: Socket) -> dict[str, Any]:
    """The data of the next snapshot."""
    data: dict[str, Any] = (await socket.until("snapshot"))["data"]
    return data


@contextlib.asynccontextmanager
async def open_desk(data_dir: Path, settings: SupervisionSettings) -> AsyncIterator[Desk]:
    """Serves supervision's routes on a free port, with one supervisor's token."""
    wall = ManualClock(WALL)
    hub = Hub(settings, wall)
    auth = Auth(Credentials(data_dir, wall), RIGHTS, monotonic)
    token = auth.credentials.add("token", "anna", "supervisor", None)
    mistakes: list[str] = []
    engines: list[dict[str, str]] = []
    left: list[dict[str, Any]] = []

    async def ready(request: Request) -> Response:
        return JSONResponse({"refused_dialplans": mistakes, "engines": engines})

    async def messages(request: Request) -> Response:
        return JSONResponse({"messages": left})

    app = Starlette(routes=[*routes(hub, auth), Route("/health/ready", ready), Route("/api/messages", messages)])
    config = uvicorn_config(app)
    config.port = 0
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as client:
        yield Desk(hub, auth, port, client, token, wall, server, mistakes, engines, left)
    hub.close()
    server.should_exit = True
    await serving


def count_encodes(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """From here on, each message that is turned into JSON, as often as it is."""
    made: list[dict[str, Any]] = []
    to_json = viewer_module._to_json

    def counted(message: dict[str, Any]) -> bytes:
        made.append(message)
        return to_json(message)

    monkeypatch.setattr(viewer_module, "_to_json", counted)
    return made
