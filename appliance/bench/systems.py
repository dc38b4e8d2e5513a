"""What a load is put on: the appliance with canned engines, and Pipecat; each serves in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from appliance.bench.processes import Running, cores, output_of, running
from appliance.bench.server import SERVING
from appliance.bench.stage import prepare
from appliance.speech import canned_server

PIPECAT = "pipecat-"
"""What the names of Pipecat's systems begin with."""
VADS = ("silero", "webrtcvad")
_PIPECAT_SERVER = "appliance.bench.pipecat_server"
_VERSION_SECS = 60.0


class Served(NamedTuple):
    """A system that takes calls: ``server.said`` is its address."""

    server: Running
    token: str
    """For viewers."""
    watched: bool
    """Whether it can have viewers."""


class System(Protocol):
    """Something that takes calls over Twilio's protocol."""

    @property
    def name(self) -> str:
        """In the report."""

    def serving(self, directory: Path, on: Sequence[int], beside: Sequence[int]) -> AbstractAsyncContextManager[Served]:
        """Serves to the end of the block on the cores ``on``; what it needs of others runs on those ``beside``."""


@dataclass(frozen=True)
class Appliance:
    """The appliance; its engines are canned (in the process) or wyoming (canned, in another)."""

    engines: str = "canned"

    @property
    def name(self) -> str:
        """See System."""
        return self.engines

    @asynccontextmanager
    async def serving(self, directory: Path, on: Sequence[int], beside: Sequence[int]) -> AsyncIterator[Served]:
        """See System."""
        data, dialplans = directory / "data", directory / "dialplans"
        token = await asyncio.to_thread(prepare, data, dialplans)
        async with AsyncExitStack() as stack:
            address = self.engines
            if self.engines == "wyoming":
                speech = running(canned_server.__name__, (), canned_server.LISTENING, beside)
                address = (await stack.enter_async_context(speech)).said
            options = ["--data", str(data), "--dialplans", str(dialplans), "--engines", address]
            server = await stack.enter_async_context(running("appliance.bench.server", options, SERVING, on))
            yield Served(server, token, watched=True)


@dataclass(frozen=True)
class Pipecat:
    """Pipecat with one of ``VADS``, run by the Python of an environment that has it. It has no viewers."""

    python: str
    vad: str

    @property
    def name(self) -> str:
        """See System."""
        return PIPECAT + self.vad

    @asynccontextmanager
    async def serving(self, directory: Path, on: Sequence[int], beside: Sequence[int]) -> AsyncIterator[Served]:
        """See System."""
        async with running(_PIPECAT_SERVER, ["--vad", self.vad], SERVING, on, python=self.python) as server:
            yield Served(server, token="", watched=False)


async def pipecat_version(python: str) -> str:
    """Which Pipecat that environment has, on which Python. StartError when it has none."""
    said = await output_of(_PIPECAT_SERVER, ["--version"], cores(), _VERSION_SECS, python=python)
    return said.decode().strip()
