import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.ops.systemd import Notifier
from appliance.server import drain
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.drain import DrainingServer
from appliance.server.house import House
from appliance.server.serve import uvicorn_config
from tests.call.lines import House as LinesHouse
from tests.server.houses import opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, server={"drain_secs": 0}) as one:
        yield one


@pytest.fixture
def server(house: House, monkeypatch: pytest.MonkeyPatch) -> DrainingServer:
    monkeypatch.setattr(drain, "LOOK_SECS", 0)
    desk = Desk(house, None)
    return DrainingServer(uvicorn_config(create_app(house, desk)), house, desk, Notifier({}))


async def _stopped(server: DrainingServer) -> None:
    async with asyncio.timeout(10):
        while not server.should_exit:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)


async def test_a_house_without_calls_stops_at_once_and_refuses_new_ones(server: DrainingServer, house: House) -> None:
    server.stop()
    await _stopped(server)
    assert house.draining


async def test_a_live_call_is_waited_for_then_asked_to_end_and_then_left(
    server: DrainingServer, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "FAREWELL_SECS", 0)
    call = LinesHouse(tmp_path).call
    house.calls.add(call)
    server.stop()
    await _stopped(server)
    assert call.ending is not None
    assert (call.ending.reason, call.ending.transfer_to, call.ending.apology) == (
        "appliance stops",
        "+15555550199",
        True,
    )


async def test_asked_a_second_time_it_stops_without_waiting(
    server: DrainingServer, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "FAREWELL_SECS", 600)
    house.calls.add(LinesHouse(tmp_path).call)
    server.stop()
    await asyncio.sleep(0)
    assert not server.should_exit
    server.stop()
    assert server.should_exit
    assert server._draining is not None
    server._draining.cancel()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_drain_instead_of_stopping(server: DrainingServer, house: House, number: signal.Signals) -> None:
    with server.capture_signals():
        os.kill(os.getpid(), number)
        await _stopped(server)
    assert house.draining
