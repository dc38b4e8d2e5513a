"""What a server tells about a call's words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from appliance.cli.call_watch import watch

TOLD: list[dict[str, Any]] = [
    {"type": "bot-ready", "data": {"version": "2.1.0"}},
    {"type": "bot-output", "data": {"text": "Hello there.", "segment_id": 1, "spoken_status": "new"}},
    {"type": "bot-output", "data": {"text": "Hello there.", "segment_id": 1, "spoken_status": "in-progress"}},
    {"type": "user-transcription", "data": {"text": "ye", "final": False}},
    {"type": "user-transcription", "data": {"text": "yes", "final": True}},
    {"type": "bot-output", "data": {"text": "Good.", "segment_id": 2, "spoken_status": "completed"}},
    {"type": "bot-stopped-speaking"},
]


class Server:
    """Knows the call CA1 from the second time it is asked on."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.asked: list[tuple[str, str]] = []
        self.ready: list[Any] = []

    async def watched(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, request.headers["Authorization"]))
        if self.status is not None or len(self.asked) == 1:
            return web.Response(status=self.status or 404)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.ready.append(await socket.receive_json())
        for event in TOLD:
            await socket.send_json({"label": "rtvi-ai", **event})
        await socket.close()
        return socket


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    """The webhook's address."""
    app = web.Application()
    app.router.add_get("/rtvi/{call}", server.watched)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/twilio/voice"
    finally:
        await runner.cleanup()


async def test_each_sentence_of_the_bot_and_each_answer_understood_is_told_once() -> None:
    server, told = Server(None), list[tuple[str, str]]()
    async with serving(server) as webhook:
        await watch(webhook, "CA1", "t0ken", lambda who, what: told.append((who, what)))
    assert told == [("bot", "says 'Hello there.'"), ("server", "understands 'yes'"), ("bot", "says 'Good.'")]
    assert server.asked == [("/rtvi/CA1", "Bearer t0ken")] * 2
    about = {"version": "2.1.0", "about": {"library": "appliance"}}
    assert server.ready == [{"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": about}]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_is_told(status: int) -> None:
    told: list[tuple[str, str]] = []
    async with serving(Server(status)) as webhook:
        await watch(webhook, "CA1", "wrong", lambda who, what: told.append((who, what)))
    assert told == [("server", f"refuses to be watched over RTVI: status {status}")]


async def test_a_server_that_is_not_there_is_told() -> None:
    told: list[tuple[str, str]] = []
    async with serving(Server(None)) as webhook:
        pass
    await watch(webhook, "CA1", "t", lambda who, what: told.append((who, what)))
    assert [who for who, _ in told] == ["server"]
    assert told[0][1].startswith("cannot be watched over RTVI: Cannot connect to host 127.0.0.1")
