"""The real service as a child process, started as an operator starts it and ended by its own signals."""

import asyncio
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from appliance.clock import wall
from appliance.supervision.credentials import Credentials

CHECKOUT = Path(__file__).parent.parent.parent
DIALPLANS = CHECKOUT / "dialplans"
COMMAND = (sys.executable, "-c", "import sys; from appliance.cli import main; sys.exit(main())")
ANSWERS = re.compile(r"The appliance answers at (\S+)")
_NUMBERS = itertools.count(1)
SIGN_IN = re.compile(r"(\S+/sign-in\?code=\S+)")


class Appliance:
    """A service that listens. ``url`` is where; what it logs is in ``log()``."""

    def __init__(self, process: "subprocess.Popen[str]", data_dir: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        self.url = ""
        self.sign_in = ""

    @property
    def voice_url(self) -> str:
        """The voice webhook."""
        return f"{self.url}/twilio/voice"

    def log(self) -> str:
        """What it wrote on standard error so far."""
        return (self.data_dir / "log").read_text()

    def token(self, role: str = "supervisor", name: str = "", dialplans: Sequence[str] = ()) -> str:
        """A new token, as the command line makes one; one of the same name would take its place."""
        name = name or f"test-{next(_NUMBERS)}"
        return Credentials(self.data_dir, wall).add("token", name, role, None, dialplans)

    def wait_ready(self) -> None:
        """Reads what it prints until it listens."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := ANSWERS.search(line):
                self.url = found[1]
            elif found := SIGN_IN.search(line):
                self.sign_in = found[1]
            elif "stop " in line:
                return
        raise AssertionError(f"The service ended with status {self.process.wait()}: {self.log()}")

    async def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        """Status and JSON (or text) of an address."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with aiohttp.ClientSession() as http, http.get(self.url + path, headers=headers) as reply:
            is_json = reply.content_type == "application/json"
            return reply.status, await reply.json() if is_json else await reply.text()

    async def until_ready(self, ready: bool = True) -> None:
        """Waits until a new call would be answered, or would not be any more."""
        async with asyncio.timeout(40):
            while ((await self.get("/health/ready"))[0] == 200) is not ready:
                pass

    async def record(self, call_id: str) -> dict[str, Any]:
        """A call's record with its turns."""
        status, record = await self.get(f"/api/calls/{call_id}", self.token())
        assert status == 200, record
        assert isinstance(record, dict)
        return record

    async def metric(self, name: str, **labels: str) -> float:
        """A metric's value now; 0 while it is not there."""
        _, text = await self.get("/metrics")
        wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
        line = re.search(rf"^{name}{re.escape('{' + wanted + '}') if wanted else ''} (\S+)$", text, re.MULTILINE)
        return float(line[1]) if line else 0.0

    def terminate(self) -> None:
        """What systemd does to stop it."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Stops it, at once if need be; returns its exit status."""
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is not None:
                break
            self.process.send_signal(number)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(data_dir: Path, dialplans: Path, settings: Mapping[str, object]) -> dict[str, str]:
    """What the child sees: nothing of ours but the settings, each as ``section__key`` or ``key``."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("APPLIANCE__", "NOTIFY_"))}
    given = {"data_dir": data_dir, "dialplans__path": dialplans, **settings}
    path = os.pathsep.join((str(CHECKOUT), os.environ.get("PYTHONPATH", "")))
    return own | {"PYTHONPATH": path} | {f"APPLIANCE__{name.upper()}": str(value) for name, value in given.items()}


@contextmanager
def running(
    data_dir: Path,
    dialplans: Path = DIALPLANS,
    *,
    environ: Mapping[str, str] | None = None,
    **settings: object,
) -> Iterator[Appliance]:
    """A service on a free port, until the end of the block."""
    data_dir.mkdir(parents=True, exist_ok=True)
    # Under a public name the service prints that; then the port must be known beforehand.
    port = free_port() if "server__public_base_url" in settings else 0
    with (data_dir / "log").open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            cwd=data_dir,
            env=environment(data_dir, dialplans, settings) | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    service = Appliance(process, data_dir)
    try:
        service.wait_ready()
        if port:
            service.url = f"http://127.0.0.1:{port}"
        yield service
    finally:
        service.end()


def fails(data_dir: Path, *arguments: str, **settings: object) -> tuple[int, str]:
    """Starts a service that cannot start: its exit status and all that it says."""
    done = subprocess.run(
        [*COMMAND, "serve", "--port", "0", *arguments],
        env=environment(data_dir, DIALPLANS, settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr
