"""Dashboards of another make: the official Pipecat JavaScript clients of every protocol generation, in Node."""

from collections.abc import AsyncIterator

import pytest

from appliance.simulator import Call, LiveCall, Phone, Wait
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.javascript import NEWEST, OLDEST, PROTOCOL_1_0, PROTOCOL_1_2, address, javascript_client

pytestmark = pytest.mark.needs("node", "tests/js/node_modules/client-js-0")


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A call that has just been connected and whose bot greets at length."""
    engines.secs = lambda text: 1.0
    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        yield call


@pytest.mark.parametrize(
    ("library", "version"),
    [(NEWEST, "2.1.0"), (PROTOCOL_1_2, "1.2.0"), (PROTOCOL_1_0, "1.0.0"), (OLDEST, "2.1.0")],
)
async def test_a_client_of_any_generation_becomes_ready_and_watches_the_call_to_its_end(
    quick: Appliance, live: LiveCall, library: str, version: str
) -> None:
    async with javascript_client(address(quick, f"/rtvi/{live.sid}"), library) as client:
        ready = await client.do("connect")
        assert ready["version"] == version
        live.line.press("1")
        assert await client.closed() == 1000
    assert client.events("onBotReady") == ["onBotReady"]
    assert "onDisconnected" in client.events()
