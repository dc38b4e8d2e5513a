"""A real server with supervision's routes on a free port."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette

from appliance.clock import ManualClock, monotonic
from appliance.settings import SupervisionSettings
from appliance.supervision.auth import Auth
from appliance.supervision.credentials import Credentials
from appliance.supervision.endpoints import routes
from appliance.supervision.hub import Hub
from tests.supervision.desk import WALL, Desk


@pytest.fixture
def supervision() -> SupervisionSettings:
    return SupervisionSettings(linger_secs=0, queue_messages=50)


@pytest.fixture
async def desk(tmp_path: Path, supervision: SupervisionSettings) -> AsyncIterator[Desk]:
    wall = ManualClock(WALL)
    hub = Hub(supervision, wall)
    auth = Auth(Credentials(tmp_path, wall), wall, monotonic)
    token = auth.credentials.add("token", "anna", "viewer", None)
    app = Starlette(routes=routes(hub, auth))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as client:
        yield Desk(hub, auth, port, client, token, wall)
    hub.close()
    server.should_exit = True
    await serving
