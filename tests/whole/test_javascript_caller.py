"""A caller of another make: the official Pipecat JavaScript client with its Twilio serializer, in a real browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from appliance.audio.resample import resample
from appliance.audio.wav import write_wav
from appliance.speech.local.embedded_voice import EmbeddedVoice
from tests.whole.appliance import CHECKOUT, Appliance
from tests.whole.carrier import Carrier, new_call_id
from tests.whole.viewer import watching

JAVASCRIPT = CHECKOUT / "tests" / "js"
BROWSER_RATE_HZ = 48_000
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)

pytestmark = pytest.mark.needs("chromium", "node", "tests/js/node_modules")


@pytest.fixture
async def microphone(tmp_path: Path) -> Path:
    """What the fake microphone hears, again and again: a while of nothing, while the bot speaks, and a request."""
    async with EmbeddedVoice() as voice:
        said = await voice.speak("look it up", voice="en-us+f3")
    pcm = bytes(9 * 8_000) + said + bytes(7 * 8_000)
    path = tmp_path / "microphone.wav"
    write_wav(path, resample(pcm, 8000, BROWSER_RATE_HZ), BROWSER_RATE_HZ)
    return path


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[str]:
    """The page's address on this machine; its script is bundled here and now."""
    bundle = tmp_path / "caller.js"
    command = (str(JAVASCRIPT / "node_modules/.bin/esbuild"), "caller.mjs", "--bundle", f"--outfile={bundle}")
    bundling = await asyncio.create_subprocess_exec(
        *command, "--log-level=error", "--format=iife", cwd=JAVASCRIPT, stdin=asyncio.subprocess.DEVNULL
    )
    assert await bundling.wait() == 0
    page = "<!doctype html><title>A caller</title><script src=/caller.js></script>"

    async def index(request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(bundle)

    app = web.Application()
    app.add_routes([web.get("/", index), web.get("/caller.js", script)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture
async def page(site: str, microphone: Path, program: Callable[[str], Path]) -> AsyncIterator[Page]:
    """The page, open in a browser with that microphone."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program("chromium"),
            args=[*ARGUMENTS, f"--use-file-for-fake-audio-capture={microphone}"],
        )
        opened = await browser.new_page()
        await opened.goto(site)
        yield opened
        await browser.close()


async def test_a_browser_that_speaks_only_what_it_must_is_understood_and_answered(
    embedded_quick: Appliance, page: Page
) -> None:
    call_id = new_call_id()
    async with aiohttp.ClientSession() as http:
        twiml = await Carrier(embedded_quick, http).ring(call_id)
    async with watching(embedded_quick, "/rtvi") as house:
        await house.ready()
        await page.evaluate("([twiml, id]) => call(twiml, id)", [twiml, call_id])
        await house.until("call-started")
    async with watching(embedded_quick, f"/rtvi/{call_id}") as viewer:
        await viewer.ready()
        while not (await viewer.until("bot-output"))["data"]["text"].startswith("I have looked it up."):
            pass
        while (await viewer.until("bot-output"))["data"]["spoken_status"] != "completed":
            pass
    report = await page.evaluate("report()")
    await page.evaluate("hangUp()")
    record = await embedded_quick.record(call_id)
    assert any("look it up" in turn["text"] for turn in record["turns"] if turn["who"] == "caller")
    assert [turn["details"]["result"] for turn in record["turns"] if turn["text"] == "price"] == [{"euros": "5"}]
    assert report["audibleSamples"] > 4000
    assert report["messages"] > 50
    assert (sorted(report["keys"]), report["payloadBytes"]) == (["event", "media"], [128])
