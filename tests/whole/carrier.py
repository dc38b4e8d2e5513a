"""A carrier by hand: single requests and messages, for what no simulated call would do."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.whole.appliance import Appliance

NUMBER = "+15555550100"
SILENCE = {"event": "media", "media": {"payload": "/" * 213 + "8="}}


def new_call_id() -> str:
    """An id as Twilio's."""
    return "CA" + secrets.token_hex(16)


def start(call_id: str, token: str | None) -> dict[str, Any]:
    """What a stream begins with."""
    parameters = {} if token is None else {"token": token}
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    stream = "MZ" + secrets.token_hex(16)
    inner = {"streamSid": stream, "callSid": call_id, "customParameters": parameters, "mediaFormat": media_format}
    return {"event": "start", "streamSid": stream, "start": inner}


class Carrier:
    """Requests to one service."""

    def __init__(self, service: Appliance, http: aiohttp.ClientSession) -> None:
        self.service = service
        self._http = http

    async def post(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of the answer to a form."""
        async with self._http.post(self.service.url + path, data=form, headers=headers) as reply:
            return reply.status, await reply.text()

    async def ring(self, call_id: str, to: str = NUMBER) -> str:
        """The TwiML for a call."""
        status, text = await self.post("/twilio/voice", {"CallSid": call_id, "To": to, "From": "+15550100199"})
        assert status == 200, text
        return text

    async def token(self, call_id: str) -> str:
        """Rings, and returns the token for the call's stream."""
        text = await self.ring(call_id)
        found = re.search(r'<Parameter name="token" value="([^"]+)"', text)
        assert found, text
        return found[1]

    @asynccontextmanager
    async def stream(self, headers: dict[str, str] | None = None) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A media socket that has said `connected`."""
        url = self.service.url.replace("http", "ws", 1) + "/twilio/media"
        async with self._http.ws_connect(url, headers=headers) as socket:
            await socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            yield socket


async def closed(socket: aiohttp.ClientWebSocketResponse, secs: float = 20) -> tuple[int | None, str]:
    """Reads on until the server closes the socket: its code and reason."""
    while True:
        message = await socket.receive(timeout=secs)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            return socket.close_code, str(message.extra or "")


async def heard(socket: aiohttp.ClientWebSocketResponse, event: str, secs: float = 20) -> dict[str, Any]:
    """The next message with this event."""
    while True:
        message = await socket.receive(timeout=secs)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        content: dict[str, Any] = message.json()
        if content["event"] == event:
            return content
