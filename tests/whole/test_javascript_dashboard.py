"""A dashboard in a browser: the official client with the official WebSocket transport, whose messages are protobuf."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from appliance.simulator import Call, LiveCall, Phone, Wait
from tests.whole.appliance import Appliance
from tests.whole.browser import page_with
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines

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


async def test_a_dashboard_in_protobuf_watches_and_steers_a_call(quick: Appliance, live: LiveCall, page: Page) -> None:
    ready = await watch(page, quick, f"/rtvi/{live.sid}")
    assert ready["version"] == "2.1.0"
    await page.evaluate("client.sendText('yes')")
    assert (await page.evaluate("until('onUserLlmText')")) == {"text": "yes"}
    assert await page.evaluate("until('onError')")
    told = await page.evaluate("told")
    assert [data["text"] for name, data in told if name == "onBotOutput"][-1] == "Thank you and goodbye."
