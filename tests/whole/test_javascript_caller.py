"""A caller of another make: the official Pipecat JavaScript client with its Twilio serializer, in a real browser."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page

from appliance.audio.resample import resample
from appliance.audio.wav import write_wav
from appliance.speech.local.embedded_voice import EmbeddedVoice
from tests.whole.appliance import Appliance
from tests.whole.browser import page_with
from tests.whole.carrier import Carrier, new_call_id
from tests.whole.viewer import watching

BROWSER_RATE_HZ = 48_000
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
async def page(microphone: Path, tmp_path: Path, program: Callable[[str], Path]) -> AsyncIterator[Page]:
    """The page, open in a browser with that microphone."""
    hears = f"--use-file-for-fake-audio-capture={microphone}"
    async with page_with("caller.mjs", tmp_path, program("chromium"), hears) as opened:
        yield opened


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
