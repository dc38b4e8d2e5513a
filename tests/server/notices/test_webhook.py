"""Notices posted to a real web server on this machine."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from appliance.clock import ManualClock
from appliance.errors import NoticeError
from appliance.functions.web import Web
from appliance.server.notices.webhook import SIGNATURE, TIMESTAMP, Webhook, signature
from tests.stand_ins.hook import HookServer

BODY = {"type": "message", "number": 1, "transcript": "größer"}


async def post(url: str, *, allow: tuple[str, ...] = ("127.0.0.1",), secret: str | None = None) -> None:
    web = Web(allow)
    try:
        await Webhook(web, secret, ManualClock(1_800_000_000.9)).post(url, "notice-1", BODY)
    finally:
        await web.close()


async def test_it_is_json_that_can_be_told_from_a_strangers() -> None:
    async with HookServer() as server:
        await post(server.url, secret="a secret")
    ((headers, content),) = server.requests
    assert json.loads(content) == BODY
    assert (headers["Content-Type"], headers["Idempotency-Key"]) == ("application/json", "notice-1")
    assert headers[TIMESTAMP] == "1800000000"
    assert headers[SIGNATURE] == "sha256=" + hmac.new(b"a secret", b"1800000000." + content, sha256).hexdigest()


async def test_without_a_secret_nothing_is_signed() -> None:
    async with HookServer() as server:
        await post(server.url)
    assert not {SIGNATURE, TIMESTAMP} & server.requests[0][0].keys()


def test_one_more_letter_is_another_signature() -> None:
    assert signature("a", "1", b"2") != signature("a", "1", b"22")
    assert signature("a", "1", b"2") != signature("b", "1", b"2")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "the web server answered 500, expected 200 to 299"),
        (404, "the web server answered 404, expected 200 to 299"),
        (302, "the web server answered 302, expected 200 to 299"),
    ],
)
async def test_what_was_not_taken_has_not_arrived(status: int, said: str) -> None:
    async with HookServer(status) as server:
        with pytest.raises(NoticeError, match=said):
            await post(server.url)


async def test_what_lies_within_is_reached_only_where_the_settings_allow_it() -> None:
    async with HookServer() as server:
        with pytest.raises(NoticeError, match=r"^the web server lies within your own network, "):
            await post(server.url, allow=())
    assert server.requests == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://no-such-host.invalid/"])
async def test_who_is_not_there_has_not_been_told(url: str) -> None:
    with pytest.raises(NoticeError, match="cannot be reached"):
        await post(url)


async def test_who_never_answers_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr("appliance.server.notices.webhook.TIMEOUT_SECS", 0.1)

    gone = asyncio.Event()

    async def silent(reader: Any, writer: Any) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NoticeError, match=r"no answer within 0\.1 s"):
            await post(f"http://127.0.0.1:{port}/")
        await asyncio.wait_for(gone.wait(), 10)
