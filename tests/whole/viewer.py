"""A supervisor by hand: RTVI over a real WebSocket."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.supervision.well_formed import well_formed
from tests.whole.appliance import Appliance

Message = dict[str, Any]
READY = {"version": "2.1.0", "about": {"library": "test"}}


class Viewer:
    """A supervisor's end of an RTVI socket; ``seen`` is all that came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[Message] = []

    async def say(self, kind: str, data: Any = None, message_id: str = "1") -> None:
        """Sends a message."""
        await self.socket.send_json({"label": "rtvi-ai", "type": kind, "id": message_id, "data": data})

    async def ready(self) -> Message:
        """Says ``client-ready``; returns ``bot-ready``."""
        await self.say("client-ready", READY)
        return await self.until("bot-ready")

    async def next(self) -> Message:
        """The next message."""
        self.seen.append(well_formed(await self.socket.receive_json(timeout=20)))
        return self.seen[-1]

    async def until(self, kind: str) -> Message:
        """The next message of this type (for server messages: of this ``data.type``)."""
        while True:
            message = await self.next()
            if kind in (message["type"], (message.get("data") or {}).get("type")):
                return message

    async def to_the_end(self) -> tuple[int | None, str]:
        """Reads everything until the server closes: its code and reason."""
        while True:
            received = await self.socket.receive(timeout=20)
            if received.type is not aiohttp.WSMsgType.TEXT:
                return self.socket.close_code, str(received.extra or "")
            self.seen.append(well_formed(received.json()))

    def kinds(self, *wanted: str) -> list[str]:
        """The types of what came, in order; of server messages, the inner one."""
        kinds = [kind_of(message) for message in self.seen]
        return [kind for kind in kinds if kind in wanted] if wanted else kinds

    def data(self, kind: str) -> list[Any]:
        """The data of all messages of a type."""
        return [message.get("data") for message in self.seen if kind_of(message) == kind]


def kind_of(message: Message) -> str:
    """A message's type; of a server message, the inner one."""
    kind = str(message["type"])
    return str(message["data"]["type"]) if kind == "server-message" else kind


@asynccontextmanager
async def watching(
    service: Appliance,
    path: str,
    role: str = "supervisor",
    name: str = "",
    dialplans: Sequence[str] = (),
    **query: str,
) -> AsyncIterator[Viewer]:
    """A viewer of a call or of the house."""
    url = service.url.replace("http", "ws", 1) + path
    params = {"token": service.token(role, name, dialplans), **query}
    async with aiohttp.ClientSession() as http, http.ws_connect(url, params=params) as socket:
        yield Viewer(socket)
