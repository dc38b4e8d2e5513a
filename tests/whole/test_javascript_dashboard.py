"""A dashboard in a browser: the official client with the official WebSocket transport, whose messages are protobuf."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from appliance.frames import EndFrame, FunctionCallInProgressFrame, FunctionCallResultFrame, InputDTMFFrame
from appliance.rtvi import RTVIProcessor, RTVIUISnapshotFrame
from appliance.rtvi.client_messages import ClientMessage
from appliance.settings import SupervisionSettings
from appliance.simulator import Call, LiveCall, Phone, Wait
from appliance.supervision.calls import CallView
from tests.rtvi.stage import Stage
from tests.rtvi.test_translation import EVERYTHING, STARTED
from tests.supervision.desk import WALL, open_desk
from tests.whole.appliance import Appliance
from tests.whole.browser import page_with
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.test_javascript_callbacks import passed

pytestmark = pytest.mark.needs("chromium", "node", "tests/js/node_modules")


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A call that has just been connected and whose bot greets at length."""
    engines.secs = lambda text: 1.0
    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")])) as call:
        await call.line.bot_speaks(20)
        yield call


@pytest.fixture
async def page(tmp_path: Path, program: Callable[[str], Path]) -> AsyncIterator[Page]:
    """The dashboard, which watches nothing yet."""
    async with page_with("dashboard.mjs", tmp_path, program("chromium")) as opened:
        yield opened


async def watch(page: Page, service: Appliance, path: str, role: str = "supervisor") -> Any:
    """Connects the page's client; returns what ``bot-ready`` said."""
    address = service.url.replace("http", "ws", 1) + path
    return await page.evaluate("([url, token]) => watch(url, token)", [address, service.token(role)])


async def test_what_a_dashboard_sends_in_protobuf_goes_through_the_pipeline(tmp_path: Path, page: Page) -> None:
    async with Stage(EVERYTHING) as stage, open_desk(tmp_path, SupervisionSettings(linger_secs=0)) as desk:
        desk.hub.call_started(CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, stage.rtvi))

        @stage.rtvi.event_handler("on_client_message")
        async def answer(rtvi: RTVIProcessor, message: ClientMessage) -> None:
            await rtvi.send_server_response(message, message.data["number"] * 2)

        address = f"ws://127.0.0.1:{desk.port}/rtvi/CA1"
        await page.evaluate("([url, token]) => watch(url, token)", [address, desk.token])
        assert await page.evaluate("client.sendClientRequest('double', {number: 21})") == 42
        await page.evaluate("client.sendDTMF('7')")
        assert [frame.button for frame in await passed(stage, InputDTMFFrame)] == ["7"]
        await page.evaluate("client.startUISnapshotStream()")
        (shown,) = await passed(stage, RTVIUISnapshotFrame)
        assert shown.tree.root.role
        await page.evaluate("client.registerFunctionCallHandler('weather', async () => ({sky: 'blue'}))")
        await stage.push(STARTED, FunctionCallInProgressFrame("weather", "t1", {"place": "Ulm"}, by_client=True))
        (result,) = await passed(stage, FunctionCallResultFrame)
        assert result.result == {"sky": "blue"}
        await page.evaluate("client.disconnectBot()")
        assert await passed(stage, EndFrame)
        await page.evaluate("client.disconnect()")


async def test_a_dashboard_in_protobuf_watches_and_steers_a_call(quick: Appliance, live: LiveCall, page: Page) -> None:
    ready = await watch(page, quick, f"/rtvi/{live.sid}")
    assert ready["version"] == "2.1.0"
    await page.evaluate("client.sendText('yes')")
    assert (await page.evaluate("until('onUserLlmText')")) == {"text": "yes"}
    assert await page.evaluate("until('onError')")
    told = await page.evaluate("told")
    assert [data["text"] for name, data in told if name == "onBotOutput"][-1] == "Thank you and goodbye."
