"""Where functions may reach to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from appliance.functions.web import InsideError, Web


class Names(AbstractResolver):
    """Says where names lead, another address each time it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.addresses.pop(0)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server within that nobody has allowed."""

    async def secret(_: web.Request) -> web.Response:
        return web.Response(text="inner secret")

    app = web.Application()
    app.router.add_get("/", secret)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def read(outside: Web, url: str) -> str | OSError:
    """What comes from an address, or what it was refused with."""
    try:
        async with asyncio.timeout(10), outside.session(URL(url)).get(url) as answer:
            return await answer.text()
    except aiohttp.ClientConnectorError as refused:
        return refused.os_error
    finally:
        await outside.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_server_within_is_not_reached_by_its_address_or_name(port: int, host: str) -> None:
    assert isinstance(await read(Web(), f"http://{host}:{port}/"), InsideError)


async def test_a_public_name_that_leads_within_is_not_followed(port: int) -> None:
    assert isinstance(await read(Web(resolver=Names("127.0.0.1")), f"http://shop.example:{port}/"), InsideError)


@pytest.mark.parametrize(
    ("allow", "host"), [("127.0.0.0/8", "127.0.0.1"), ("127.0.0.1", "shop.example"), ("crm.inside", "crm.inside")]
)
async def test_what_the_settings_allow_is_reached_by_address_network_and_name(port: int, allow: str, host: str) -> None:
    assert await read(Web([allow], resolver=Names("127.0.0.1")), f"http://{host}:{port}/") == "inner secret"


async def test_a_name_that_is_allowed_opens_nothing_for_others(port: int) -> None:
    outside = Web(["crm.inside"], resolver=Names("127.0.0.1", "127.0.0.1"))
    async with outside.session(trusted := URL(f"http://crm.inside:{port}/")).get(trusted) as answer:
        assert await answer.text() == "inner secret"
    assert isinstance(await read(outside, f"http://other.inside:{port}/"), InsideError)


async def test_cookies_of_one_caller_are_not_sent_for_the_next() -> None:
    outside = Web()
    session = outside.session(URL("https://shop.example/"))
    jar: Any = session.cookie_jar
    jar.update_cookies({"session": "1"}, URL("https://shop.example/"))
    assert not jar.filter_cookies(URL("https://shop.example/"))
    assert session is outside.session(URL("https://other.example/"))
    await outside.close()
