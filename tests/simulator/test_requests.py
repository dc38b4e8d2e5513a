"""The carrier's HTTP requests: what is signed, where it is sent, what counts as an answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from twilio.request_validator import RequestValidator

from appliance.simulator.requests import Addresses, RequestFailedError, Requests, resolve
from tests.simulator.bot import Bot, listen, serving

TOKEN = "secret"
PUBLIC = "https://bot.example.com/phone"


@asynccontextmanager
async def requesting(bot: Bot, public: str | None = None) -> AsyncIterator[Requests]:
    """Requests to a bot."""
    async with aiohttp.ClientSession() as http:
        yield Requests(http, TOKEN, Addresses.of(bot.url, public))


@pytest.mark.parametrize("public", [None, PUBLIC, "https://bot.example.com:8443"])
async def test_a_form_is_signed_with_the_outside_address_and_sent_to_the_inside_one(public: str | None) -> None:
    async with serving(listen) as bot, requesting(bot, public) as requests:
        outside = requests.addresses.outside(bot.url + "?a=%20b")
        await requests.send(outside, {"CallSid": "CA1", "Blank": ""})
        [(path, form, headers)] = bot.requests
    assert (path, form) == ("/voice?a=%20b", {"CallSid": "CA1", "Blank": ""})
    assert outside == (public or f"http://{bot.host}") + "/voice?a=%20b"
    assert RequestValidator(TOKEN).validate(outside, form, headers["X-Twilio-Signature"])


async def test_a_get_has_its_parameters_in_the_query_and_in_the_signed_address() -> None:
    async with serving(listen) as bot, requesting(bot, PUBLIC) as requests:
        await requests.send(f"{PUBLIC}/voice", {"CallSid": "CA1"}, "GET")
        [(path, form, headers)] = bot.requests
    assert (path, form) == ("/voice?CallSid=CA1", {})
    assert RequestValidator(TOKEN).validate(f"{PUBLIC}/voice?CallSid=CA1", {}, headers["X-Twilio-Signature"])


async def test_without_a_token_nothing_is_signed() -> None:
    async with serving(listen) as bot, aiohttp.ClientSession() as http:
        await Requests(http, None, Addresses.of(bot.url, None)).send(bot.url, {})
    assert "X-Twilio-Signature" not in bot.requests[0][2]


async def test_an_answer_that_is_not_2xx_is_a_failure() -> None:
    async with serving(listen) as bot, requesting(bot) as requests:
        with pytest.raises(RequestFailedError) as caught:
            await requests.send(f"http://{bot.host}/nowhere", {})
    assert str(caught.value) == f"http://{bot.host}/nowhere answered with status 404, expected 200."
    assert caught.value.code == 11200


async def test_a_server_that_is_not_there_is_a_failure() -> None:
    async with serving(listen) as bot:
        url = bot.url
    async with requesting(bot) as requests:
        host, _, port = bot.host.partition(":")
        said = rf"^There is no connection to {host} port {port}: Connection refused\.$"
        with pytest.raises(RequestFailedError, match=said):
            await requests.send(url, {})


INSIDE = {
    "https://bot.example.com/phone/voice?x=1": "http://127.0.0.1:8080/voice?x=1",
    "wss://bot.example.com/phone/media": "ws://127.0.0.1:8080/media",
    "https://bot.example.com/phone": "http://127.0.0.1:8080",
    "https://bot.example.com/phoney": "https://bot.example.com/phoney",
    "wss://other.example.com/phone/media": "wss://other.example.com/phone/media",
}


@pytest.mark.parametrize(("outside", "inside"), INSIDE.items())
def test_only_what_is_under_the_public_address_is_ours(outside: str, inside: str) -> None:
    assert Addresses.of("http://127.0.0.1:8080/voice", PUBLIC + "/").inside(outside) == inside


def test_a_server_behind_tls_is_reached_over_tls() -> None:
    addresses = Addresses.of("https://127.0.0.1:8443/voice", None)
    assert addresses.inside("wss://127.0.0.1:8443/media") == "wss://127.0.0.1:8443/media"
    assert addresses.outside("https://elsewhere/voice") == "https://elsewhere/voice"


RELATIVE = {
    None: "https://h/a/voice?x=1",
    "": "https://h/a/voice?x=1",
    "done": "https://h/a/done",
    "/done?y=2": "https://h/done?y=2",
    "https://o/": "https://o/",
}


@pytest.mark.parametrize(("url", "expected"), RELATIVE.items())
def test_addresses_in_a_document_are_relative_to_it(url: str | None, expected: str) -> None:
    assert resolve("https://h/a/voice?x=1", url) == expected
