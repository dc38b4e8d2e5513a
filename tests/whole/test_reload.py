"""Dialplans that change under a service that runs, as an operator changes them."""

import asyncio
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER, Carrier, new_call_id
from tests.whole.conftest import QUICK

NEW = "+15555550177"


async def rings(service: Appliance, number: str) -> bool:
    async with aiohttp.ClientSession() as http:
        return "<Stream" in await Carrier(service, http).ring(new_call_id(), number)


async def health(service: Appliance, refused: int, version: str) -> str:
    """Waits until so many problems are told and the version is another one; the version."""
    async with asyncio.timeout(20):
        while True:
            _, told = await service.get("/health/ready")
            if len(told["refused_dialplans"]) == refused and told["dialplans"] != version:
                return str(told["dialplans"])


@pytest.mark.parametrize("by_signal", [True, False], ids=["SIGHUP", "change"])
async def test_a_good_version_is_taken_and_a_bad_one_refused(
    by_signal: bool, tmp_path: Path, listener: socket.socket
) -> None:
    dialplans = tmp_path / "dialplans"
    dialplans.mkdir()
    file = dialplans / "plan.yaml"
    file.write_text(QUICK)
    uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    watch = 0 if by_signal else 0.1
    with running(tmp_path / "data", dialplans, speech__uri=uri, dialplans__watch_secs=watch) as service:
        first = await health(service, 0, "")
        file.write_text(QUICK.replace(NUMBER, NEW))
        if by_signal:
            service.process.send_signal(signal.SIGHUP)
        second = await health(service, 0, first)
        assert [await rings(service, number) for number in (NUMBER, NEW)] == [False, True]
        file.write_text(QUICK.replace("steps:", "stpes:"))
        if by_signal:
            service.process.send_signal(signal.SIGHUP)
        assert await health(service, 2, "") == second
        assert [await rings(service, number) for number in (NUMBER, NEW)] == [False, True]
        log = service.log()
    assert f"dialplan refused: {file}:1: steps: is missing" in log
    assert "the dialplans stay as they were" in log
