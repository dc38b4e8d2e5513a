"""The words of a simulated call, as the server tells them to a supervisor over RTVI."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

CLIENT_READY = {
    "label": "rtvi-ai",
    "type": "client-ready",
    "id": "1",
    "data": {"version": "2.1.0", "about": {"library": "appliance"}},
}
RETRY_SECS = 0.1
"""A call can be watched only once its media stream has begun."""

Tell = Callable[[str, str], None]
"""Is told who and what."""


async def watch(webhook: str, call_sid: str, token: str, tell: Tell) -> None:
    """Tells a call's words until it ends or this is cancelled; when refused for good, says so."""
    parts = urlsplit(webhook)
    url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/rtvi/{quote(call_sid)}"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        while not await _listen(http, url, tell):  # noqa: ASYNC110 - nobody tells when the call can be watched
            await asyncio.sleep(RETRY_SECS)


async def _listen(http: aiohttp.ClientSession, url: str, tell: Tell) -> bool:
    """Whether there is nothing more to come."""
    try:
        async with http.ws_connect(url) as socket:
            await socket.send_json(CLIENT_READY)
            segments: set[Any] = set()
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    _tell_event(json.loads(message.data), segments, tell)
    except aiohttp.WSServerHandshakeError as error:
        if error.status == 404:
            return False
        tell("server", f"refuses to be watched over RTVI: status {error.status}")
    except (aiohttp.ClientError, ValueError) as error:
        tell("server", f"cannot be watched over RTVI: {error}")
    return True


def _tell_event(event: dict[str, Any], segments: set[Any], tell: Tell) -> None:
    kind, data = event.get("type"), event.get("data") or {}
    if kind == "bot-output" and data.get("segment_id") not in segments:  # a segment comes again with every word
        segments.add(data.get("segment_id"))
        tell("bot", f"says {data.get('text')!r}")
    elif kind == "user-transcription" and data.get("final"):
        tell("server", f"understands {data.get('text')!r}")
