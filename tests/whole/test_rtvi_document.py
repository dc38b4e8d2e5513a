"""The dashboards of docs/rtvi.md, word for word, show a real call."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.simulator import Call, LiveCall, Phone, Sound, Wait
from tests.whole.appliance import CHECKOUT, Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines

DOCUMENT = (CHECKOUT / "docs/rtvi.md").read_text()
LINES_OF_A_DASHBOARD = 10
SAID = "look it up"
WS = "import WebSocket from 'ws';\n"
"""What the document says Node needs."""


def block(language: str, service: Appliance, call_id: str = "") -> str:
    """A code block of the document, with the address, the token and the call put in."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert len([line for line in code.splitlines() if line]) <= LINES_OF_A_DASHBOARD
    address = service.url.replace("http", "ws", 1)
    for name, value in {"ws://127.0.0.1:8080": address, "TOKEN": service.token(), "CALL": call_id}.items():
        code = code.replace(name, value)
    return str(code)


@asynccontextmanager
async def running(*command: str | Path) -> AsyncIterator[asyncio.StreamReader]:
    """What a program prints, until the end of the block."""
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT / "tests/js", stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone, yes: Sound) -> AsyncIterator[LiveCall]:
    """A call whose caller has the same thing looked up again and again."""
    engines.usual = SAID

    async def talks(call: LiveCall) -> None:
        while True:
            await call.line.bot_has_spoken(20)
            call.line.say(yes)

    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        talking = asyncio.create_task(talks(call))
        await call.line.bot_speaks(20)
        yield call
        talking.cancel()


async def first_line(output: asyncio.StreamReader) -> str:
    async with asyncio.timeout(40):
        return (await output.readline()).decode()


@pytest.mark.needs("node", "tests/js/node_modules/ws")
async def test_the_dashboard_in_javascript_shows_what_the_callers_of_all_calls_say(
    quick: Appliance, live: LiveCall, program: Callable[[str], Path]
) -> None:
    code = WS + block("js", quick)
    async with running(program("node"), "--input-type=module", "--eval", code) as output:
        assert await first_line(output) == f"{live.sid} {SAID}\n"


async def test_the_dashboard_in_python_shows_what_the_caller_says(quick: Appliance, live: LiveCall) -> None:
    code = block("python", quick, live.sid)
    async with running(sys.executable, "-u", "-c", code) as output:
        assert await first_line(output) == f"caller: {SAID}\n"
