"""A web server that is told of messages, and keeps what it is told."""

import asyncio
from typing import Any

from aiohttp import web


class HookServer:
    """Listens on a free port of this machine while it is open; answers with ``statuses`` in turn, the last again."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        """Headers and body of each."""
        self.took = asyncio.Event()
        """It has answered 200."""
        self.url = ""
        self._statuses = list(statuses) or [200]
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "HookServer":
        app = web.Application()
        app.router.add_post("/messages", self._post)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        server: Any = site._server
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/messages"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def will(self, *statuses: int) -> None:
        """What it answers from now on."""
        self._statuses = list(statuses)

    async def _post(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status == 200:
            self.took.set()
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"})
