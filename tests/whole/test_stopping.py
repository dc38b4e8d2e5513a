"""How the service stops: live calls finish, new ones hear the fallback, and whoever started it is told."""

import asyncio
import contextlib
import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from appliance.simulator import Call, Phone, Sound, Wait
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER, Carrier, new_call_id
from tests.whole.engines import Engines


@pytest.fixture
def notify(tmp_path: Path) -> Iterator[socket.socket]:
    """What systemd listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(20)
        yield receiver


def _states(receiver: socket.socket) -> list[str]:
    """Everything that was sent so far, but for signs of life."""
    receiver.setblocking(False)
    states = []
    try:
        while True:
            states.append(receiver.recv(4096).decode())
    except BlockingIOError:
        return [state for state in states if state != "WATCHDOG=1"]


@pytest.fixture
def own(notify: socket.socket, quick_dialplans: Path, listener: socket.socket, tmp_path: Path) -> Iterator[Appliance]:
    """A service that a test may stop, started as systemd does."""
    uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with running(tmp_path / "data", quick_dialplans, environ=environ, speech__uri=uri) as service:
        yield service


async def test_a_live_call_finishes_while_new_ones_hear_the_fallback(
    own: Appliance, notify: socket.socket, engines: Engines, phone: Phone, yes: Sound
) -> None:
    assert _states(notify) == [f"READY=1\nSTATUS=answering at {own.url}"]
    live = await phone.dial(Call(url=own.voice_url, to=NUMBER, actions=[Wait("end")]))
    await live.line.bot_has_spoken(20)
    own.terminate()
    await own.until_ready(False)
    assert _states(notify) == ["STOPPING=1\nSTATUS=draining 1 calls"]
    assert (await own.get("/health/ready"))[1]["problems"] == ["the appliance is stopping"]
    async with aiohttp.ClientSession() as http:
        answer = await Carrier(own, http).ring(new_call_id())
    assert "<Say>We have a technical problem.</Say><Dial" in answer
    assert own.process.poll() is None
    await live.line.say(yes).done.wait()
    result = await live.result()
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Hangup"])
    assert await asyncio.to_thread(own.process.wait, 20) == 0


async def test_a_call_that_outlives_the_limit_is_passed_on_with_an_apology(
    quick_dialplans: Path, listener: socket.socket, tmp_path: Path, engines: Engines, phone: Phone
) -> None:
    uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    with running(tmp_path, quick_dialplans, speech__uri=uri, server__drain_secs=0.5) as service:
        live = await phone.dial(Call(url=service.voice_url, to=NUMBER, actions=[Wait("end")]))
        await live.line.bot_has_spoken(20)
        service.terminate()
        result = await live.result()
        assert await asyncio.to_thread(service.process.wait, 20) == 0
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Say", "Dial"])


async def test_a_second_signal_ends_it_at_once(own: Appliance, engines: Engines, phone: Phone) -> None:
    live = await phone.dial(Call(url=own.voice_url, to=NUMBER, actions=[Wait("end")]))
    await live.line.bot_has_spoken(20)
    own.terminate()
    await own.until_ready(False)
    own.process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(own.process.wait, 20) == 0
    await live.cancel()


async def test_the_embedded_engines_end_with_the_service_however_it_ends(quick_dialplans: Path, tmp_path: Path) -> None:
    with running(tmp_path, quick_dialplans) as service:
        (engines,) = _descendants(service.process.pid)
        workers = _descendants(engines)
        assert workers
        service.process.kill()
        service.process.wait()
        for pid in (engines, *workers):
            await asyncio.to_thread(_wait_for_end, pid)


def _descendants(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_for_end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            assert select.select([process], [], [], 20)[0], f"process {pid} still runs"
        finally:
            os.close(process)
