"""A server that functions ask: what it is to answer is lined up, and what it was asked is written down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.dialplan import Dialplan
from appliance.functions import Functions, Means, Surroundings
from appliance.functions.web import Web

Answer = web.Response | Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    """With its query, as it stood on the wire."""
    headers: dict[str, str]
    """By name in small letters."""
    body: str


class Shop:
    """A server on this machine. Answers in the order that they were lined up; when none is left, with ``{}``."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answers: list[Answer] = []

    def will(self, *answers: Answer) -> None:
        """Lines up answers."""
        self._answers += answers

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Any request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.raw_path, headers, await request.text()))
        answer = self._answers.pop(0) if self._answers else web.json_response({})
        return answer if isinstance(answer, web.Response) else await answer(request)


@contextlib.asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """A shop for as long as the block lasts."""
    shop = Shop()
    runner = web.ServerRunner(web.Server(shop.answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield shop
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def open_wire(sent: bytes, *, hangs: bool = False) -> AsyncIterator[str]:
    """A server that answers every request with these bytes and closes, or hangs; its address."""
    leaves = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sent)
            await writer.drain()
            if hangs:
                await leaves.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        leaves.set()
        server.close()


class House:
    """Functions of one call, with what the house gives them; one function, ``f``."""

    def __init__(self, *allow: str) -> None:
        self.web = Web(allow or ("127.0.0.1",))
        self.secrets = {"shop_key": "s3cr3t-key"}
        self.variables: dict[str, Any] = {"caller": "+15555550123", "order": "4711"}

    async def call(self, http: Any, arguments: dict[str, Any] | None = None, **function: Any) -> Any:
        """What the function gives. Raises FunctionError."""
        plan = {
            "name": "Shop",
            "numbers": "*",
            "functions": {"f": {"http": http, "parameters": {name: {} for name in arguments or ()}, **function}},
            "steps": {"end": {"hang_up": None}},
        }
        around = Surroundings("CA1", variables=lambda: self.variables, means=Means(self.secrets, self.web))
        return await Functions(Dialplan.model_validate(plan), around).call("f", arguments or {})


@contextlib.asynccontextmanager
async def open_house(*allow: str) -> AsyncIterator[House]:
    """A house for as long as the block lasts."""
    house = House(*allow)
    try:
        yield house
    finally:
        await house.web.close()
