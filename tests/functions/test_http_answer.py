"""What comes back; the rest is tried with whole functions (test_http)."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from yarl import URL

from appliance.errors import FunctionError
from appliance.functions.http_answer import Answer, BusyError, ask
from appliance.functions.http_request import Request
from appliance.functions.web import Web
from tests.functions.shop import open_shop, open_wire


@pytest.fixture
async def outside() -> AsyncIterator[Web]:
    found = Web(["127.0.0.1"])
    yield found
    await found.close()


def get(url: str) -> Request:
    return Request("GET", URL(url), {}, None, is_repeatable=True)


async def test_an_answer_is_its_status_headers_and_body(outside: Web) -> None:
    async with open_shop() as shop:
        shop.will(web.json_response([1], status=201, headers={"X-Count": "7"}))
        answer = await ask(outside, get(shop.url))
    assert answer == Answer("127.0.0.1", 201, answer.headers, [1])
    assert (answer.headers["x-count"], answer.headers["content-type"]) == ("7", "application/json; charset=utf-8")


async def test_what_has_no_type_is_read_as_json(outside: Web) -> None:
    async with open_wire(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}') as url:
        assert (await ask(outside, get(url))).body == {"a": 1}


@pytest.mark.parametrize(
    ("said", "secs"),
    [("", None), ("7", 7.0), ("0", 0.0), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("-1", None)],
)
async def test_how_long_a_server_wants_to_be_left_alone(outside: Web, said: str, secs: float | None) -> None:
    async with open_shop() as shop:
        shop.will(web.json_response({}, status=503, headers={"Retry-After": said} if said else {}))
        with pytest.raises(BusyError) as busy:
            await ask(outside, get(shop.url))
    assert (str(busy.value), busy.value.was_sent, busy.value.retry_after_secs) == (
        "127.0.0.1 answered 503.",
        True,
        secs,
    )


async def test_a_status_that_is_accepted_is_an_answer_whatever_it_is(outside: Web) -> None:
    async with open_shop() as shop:
        for status in (302, 404, 503):
            shop.will(web.json_response({}, status=status))
            assert (await ask(outside, get(shop.url), [status])).status == status
            shop.will(web.json_response({}, status=418))
            with pytest.raises(FunctionError, match=r"127\.0\.0\.1 answered 418\."):
                await ask(outside, get(shop.url), [status])


async def test_a_name_that_leads_nowhere_was_never_sent(outside: Web) -> None:
    with pytest.raises(BusyError) as busy:
        await ask(outside, get("http://nowhere.invalid/"))
    assert (str(busy.value), busy.value.was_sent) == ("nowhere.invalid cannot be reached.", False)


async def test_a_server_without_tls_is_no_server_with_it(outside: Web) -> None:
    async with open_shop() as shop:
        with pytest.raises((FunctionError, BusyError)) as refused:
            await ask(outside, get(shop.url.replace("http:", "https:")))
    assert str(refused.value) in (
        "127.0.0.1 has a certificate that is not trusted.",
        "127.0.0.1 cannot be reached.",
        "127.0.0.1 broke the connection off.",
    )
