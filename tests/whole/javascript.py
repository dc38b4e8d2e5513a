"""An official JavaScript client in Node, steered from a test: see ``tests/js/watcher.mjs``."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from tests.whole.appliance import CHECKOUT, Appliance

JAVASCRIPT = CHECKOUT / "tests" / "js"
NEWEST, PROTOCOL_1_2, PROTOCOL_1_0, OLDEST = "@pipecat-ai/client-js", "client-js-1.2", "client-js-1.0", "client-js-0"
"""Libraries of tests/js/package.json: of protocol 2.1.0, 1.2.0, 1.0.0, and 0.3, which does not say its version."""

WAIT_SECS = 20


class ClientError(Exception):
    """What a client's method was rejected with."""


class JavaScriptClient:
    """The running client. ``lines`` is all that it has told: callbacks, messages as they came, its socket's end."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.lines: list[dict[str, Any]] = []
        self._process = process
        self._told = asyncio.Condition()
        self._last_id = 0

    async def read(self) -> None:
        """Follows what the client tells until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._told:
                self.lines.append(json.loads(line))
                self._told.notify_all()

    async def do(self, name: str, *args: Any) -> Any:
        """Calls a method of the client; returns what it resolves to. Raises ClientError if it is rejected."""
        request = self.begin(name, *args)
        line = await self._until(lambda told: told.get("id") == request)
        if "error" in line:
            raise ClientError(line["error"])
        return line.get("value")

    def begin(self, name: str, *args: Any) -> int:
        """Calls a method without waiting for it."""
        assert self._process.stdin is not None
        self._last_id += 1
        self._process.stdin.write(json.dumps({"id": self._last_id, "do": name, "args": args}).encode() + b"\n")
        return self._last_id

    async def until(self, event: str, **wanted: Any) -> Any:
        """The data of the first callback of this name whose data has these values."""

        def fits(told: dict[str, Any]) -> bool:
            data = told.get("data")
            return told.get("event") == event and wanted.items() <= (data if isinstance(data, dict) else {}).items()

        return (await self._until(fits)).get("data")

    async def closed(self) -> int:
        """The code that its socket was closed with."""
        code: int = (await self._until(lambda told: "closed" in told))["closed"]
        return code

    def events(self, *names: str) -> list[str]:
        """Which callbacks were called, in order."""
        told = [line["event"] for line in self.lines if "event" in line]
        return [event for event in told if event in names] if names else told

    def data(self, event: str) -> list[Any]:
        """What a callback was called with, each time."""
        return [line.get("data") for line in self.lines if line.get("event") == event]

    def wire(self, kind: str) -> list[Any]:
        """The data of all messages of a type, as they came over the wire."""
        return [line["wire"].get("data") for line in self.lines if "wire" in line and line["wire"]["type"] == kind]

    async def _until(self, fits: Any) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_SECS), self._told:
            await self._told.wait_for(lambda: any(fits(line) for line in self.lines))
            return next(line for line in self.lines if fits(line))


def address(service: Appliance, path: str, role: str = "viewer") -> str:
    """Where to watch, with a new token of that role in the query, as official clients send it."""
    return f"{service.url.replace('http', 'ws', 1)}{path}?token={quote(service.token(role, f'{role} in JavaScript'))}"


@asynccontextmanager
async def javascript_client(url: str, library: str = NEWEST) -> AsyncIterator[JavaScriptClient]:
    """A client that is not connected yet: ``do("connect")``."""
    process = await asyncio.create_subprocess_exec(
        "node",
        "watcher.mjs",
        library,
        url,
        cwd=JAVASCRIPT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    client = JavaScriptClient(process)
    reading = asyncio.create_task(client.read())
    try:
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading
