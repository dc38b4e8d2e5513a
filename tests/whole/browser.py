"""Pages of our own for headless Chromium: a script of tests/js with an official client in it, bundled here and now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from playwright.async_api import Page, async_playwright

from tests.whole.appliance import CHECKOUT

JAVASCRIPT = CHECKOUT / "tests" / "js"
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


@asynccontextmanager
async def page_with(script: str, directory: Path, chromium: Path, *more_arguments: str) -> AsyncIterator[Page]:
    """A page that runs ``tests/js/{script}``, open in a browser."""
    async with _site(await _bundle(script, directory)) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *more_arguments])
        page = await browser.new_page()
        await page.goto(address)
        yield page
        await browser.close()


async def _bundle(script: str, directory: Path) -> Path:
    bundle = directory / "bundle.js"
    command = (str(JAVASCRIPT / "node_modules/.bin/esbuild"), script, "--bundle", f"--outfile={bundle}")
    bundling = await asyncio.create_subprocess_exec(
        *command, "--log-level=error", "--format=iife", cwd=JAVASCRIPT, stdin=asyncio.subprocess.DEVNULL
    )
    assert await bundling.wait() == 0
    return bundle


@asynccontextmanager
async def _site(bundle: Path) -> AsyncIterator[str]:
    async def index(request: web.Request) -> web.Response:
        text = "<!doctype html><title>A page of the tests</title><script src=/bundle.js></script>"
        return web.Response(text=text, content_type="text/html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(bundle)

    app = web.Application()
    app.add_routes([web.get("/", index), web.get("/bundle.js", script)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()
