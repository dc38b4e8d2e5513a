"""Functions that ask a server, against a real one on this machine."""

import asyncio
import gzip
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from appliance.errors import FunctionError
from appliance.functions.http_answer import MOST_BYTES
from tests.functions.shop import House, Shop, open_house, open_shop, open_wire


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_shop() as shop:
        yield shop


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house


def json(body: Any, status: int = 200, **headers: str) -> web.Response:
    """An answer."""
    return web.json_response(
        body, status=status, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )


async def refused(house: House, http: Any, **more: Any) -> str:
    """Why a function failed."""
    with pytest.raises(FunctionError) as error:
        await house.call(http, **more)
    return str(error.value)


async def test_a_server_is_asked_and_its_json_is_the_result(shop: Shop, house: House) -> None:
    shop.will(json({"state": "sent", "parts": [1, None]}))
    assert await house.call(f"{shop.url}/orders/{{{{ order }}}}") == {"state": "sent", "parts": [1, None]}
    (asked,) = shop.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/orders/4711", "")
    assert asked.headers["accept"] == "application/json, text/plain;q=0.9, */*;q=0.1"


async def test_the_caller_cannot_lead_a_request_elsewhere(shop: Shop, house: House) -> None:
    await house.call(f"{shop.url}/o/{{{{ id }}}}/x", {"id": "../admin?a=1#b/é"})
    assert shop.asked[0].path == "/o/..%2Fadmin%3Fa%3D1%23b%2F%C3%A9/x"
    for value in ("..", "."):
        said = await refused(house, f"{shop.url}/o/{{{{ id }}}}/x", arguments={"id": value})
        assert said == "An address has a gap for which there is nothing."
    assert len(shop.asked) == 1


async def test_query_headers_and_body_are_filled_and_keep_their_types(shop: Shop, house: House) -> None:
    http = {
        "url": f"{shop.url}/book?fixed=1",
        "method": "POST",
        "query": {"day": "{{ day }}", "note": "{{ missing }}"},
        "headers": {"Authorization": "Bearer {{ secrets.shop_key }}", "X-Caller": "{{ caller }}\r\nX-More: 1"},
        "body": {"guests": "{{ guests }}", "who": ["{{ day }} {{ guests }}", "{{ missing }}"], "sure": "{{ true }}"},
    }
    parameters = {"guests": {"type": "integer"}, "day": {}}
    await house.call(http, {"guests": "4", "day": "Fri & Sat"}, parameters=parameters)
    (asked,) = shop.asked
    assert (asked.method, asked.path) == ("POST", "/book?fixed=1&day=Fri+%26+Sat")
    assert asked.body == '{"guests": 4, "who": ["Fri & Sat 4", null], "sure": true}'
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == "Bearer s3cr3t-key"
    assert asked.headers["x-caller"] == "+15555550123 X-More: 1"


@pytest.mark.parametrize(
    ("http", "kind", "body"),
    [
        ({"body": "order={{ order }}"}, "text/plain; charset=utf-8", "order=4711"),
        (
            {
                "body": {"a": "{{ order }} &", "b": "{{ 1 == 1 }}"},
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
            "application/x-www-form-urlencoded",
            "a=4711+%26&b=true",
        ),
        ({"body": ["{{ order }}"]}, "application/json", '["4711"]'),
        (
            {"body": {"a": "é"}, "headers": {"Content-Type": "application/vnd.shop+json"}},
            "application/vnd.shop+json",
            '{"a": "é"}',
        ),
    ],
)
async def test_a_body_is_json_a_form_or_text(shop: Shop, house: House, http: Any, kind: str, body: str) -> None:
    await house.call({"url": shop.url, "method": "PUT", **http})
    assert (shop.asked[0].headers["content-type"], shop.asked[0].body) == (kind, body)


@pytest.mark.parametrize(
    ("answer", "mapping", "result"),
    [
        ({"slots": [{"day": "Friday", "n": 2}]}, "{{ body.slots[0].day }}", "Friday"),
        (
            {"slots": [{"day": "Friday", "n": 2}]},
            {"day": "{{ body.slots[0].day }}", "left": "{{ body.slots[0].n }}"},
            {"day": "Friday", "left": 2},
        ),
        ({"slots": []}, {"day": "{{ body.slots[0].day }}", "left": "{{ body.slots[0].n }}"}, None),
        ({"slots": []}, "{{ body.slots }}", None),
        ({"n": 0}, "{{ body.n }}", 0),
        ({"n": False}, {"open": "{{ body.n }}"}, {"open": False}),
        ([{"d": "a"}, {"d": "b"}], "{{ body | map(attribute='d') | join(' or ') }}", "a or b"),
        ({"x": 1}, "{{ status }} {{ headers['x-count'] }} {{ order }}", "200 7 4711"),
        ({"x": 1}, None, {"x": 1}),
        (None, None, None),
        ("", None, None),
    ],
)
async def test_what_an_answer_means_is_said_by_the_dialplan(
    shop: Shop, house: House, answer: Any, mapping: Any, result: Any
) -> None:
    shop.will(json(answer, X_Count="7"))
    assert await house.call({"url": shop.url, **({"result": mapping} if mapping else {})}) == result


@pytest.mark.parametrize(("count", "result"), [(1, {"count": 1}), (0, None)])
async def test_an_expression_decides_whether_there_is_anything(
    shop: Shop, house: House, count: int, result: Any
) -> None:
    shop.will(json({"count": count}))
    assert await house.call({"url": shop.url, "found_if": "{{ body.count > 0 }}"}) == result


async def test_statuses_mean_what_the_dialplan_says(shop: Shop, house: House) -> None:
    shop.will(
        json({}, 404), json({"why": "taken"}, 409), json({"why": "taken"}, 409), json({}, 410), web.Response(status=204)
    )
    assert await house.call(shop.url) is None
    taken = {"url": shop.url, "accept": "409", "result": {"status": "{{ status }}", "why": "{{ body.why }}"}}
    assert await house.call(taken) == {"status": 409, "why": "taken"}
    assert await refused(house, shop.url) == "127.0.0.1 answered 409."
    assert await house.call({"url": shop.url, "not_found": [404, 410]}) is None
    assert await house.call(shop.url) is None


@pytest.mark.parametrize(("method", "result"), [("POST", {"status": 204}), ("DELETE", {"status": 204}), ("GET", None)])
async def test_who_has_done_something_need_not_answer_more(shop: Shop, house: House, method: str, result: Any) -> None:
    shop.will(web.Response(status=204))
    assert await house.call({"url": shop.url, "method": method}) == result


async def test_a_text_is_a_result_too(shop: Shop, house: House) -> None:
    shop.will(web.Response(body="Café \n".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}))
    assert await house.call(shop.url) == "Café"
    shop.will(web.Response(body=b"odd", headers={"Content-Type": "text/plain; charset=klingon"}))
    assert await house.call(shop.url) == "odd"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            web.Response(text="<html>Sign in</html>", content_type="text/html"),
            "127.0.0.1 answered 200 without JSON, expected an object or a list.",
        ),
        (
            web.Response(body=b"{'a': 1}", content_type="application/json"),
            "127.0.0.1 answered 200 with what is no JSON.",
        ),
        (
            web.Response(body=b"[" * 100_000, content_type="application/json"),
            "127.0.0.1 answered 200 with what is no JSON.",
        ),
        (
            web.Response(body=b"\xff\xfe\x00", content_type="application/json"),
            "127.0.0.1 answered 200 with what is no JSON.",
        ),
        (
            web.Response(body=b"GIF", content_type="image/gif"),
            "127.0.0.1 answered with image/gif, expected JSON or text.",
        ),
        (
            web.Response(body=b'{"a": NaN}', content_type="application/json"),
            "The result is not what JSON has (Out of range float values are not JSON compliant",
        ),
        (web.Response(status=500, text="Traceback: s3cr3t-key"), "127.0.0.1 answered 500."),
        (web.Response(status=401), "127.0.0.1 answered 401."),
        (json({"a": "x" * 30_000}), "The result has 30"),
    ],
)
async def test_rubbish_is_a_failure_that_says_nothing_of_what_came(
    shop: Shop, house: House, answer: web.Response, said: str
) -> None:
    shop.will(answer)
    assert (await refused(house, {"url": shop.url, "result": "{{ body.a }}"})).startswith(said)


async def test_ten_megabytes_are_not_read_to_the_end(shop: Shop, house: House) -> None:
    sent = 0

    async def floods(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" " * 100_000)
            sent += 100_000
        return response

    shop.will(floods)
    assert await refused(house, shop.url) == f"127.0.0.1 answered with more than {MOST_BYTES} bytes."
    assert sent < 10_000_000


async def test_what_unpacks_to_too_much_is_not_unpacked_to_the_end(shop: Shop, house: House) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    shop.will(web.Response(body=packed, headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"}))
    assert len(packed) < 100_000
    assert await refused(house, shop.url) == f"127.0.0.1 answered with more than {MOST_BYTES} bytes."


async def test_a_server_that_hangs_is_given_up_in_time(house: House) -> None:
    async with open_wire(b"", hangs=True) as url:
        began = time.monotonic()
        assert await refused(house, url, timeout_secs=0.2) == "f took longer than 0.2 s."
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
)
async def test_what_is_no_http_or_breaks_off_is_a_failure(house: House, sent: bytes) -> None:
    async with open_wire(sent) as url:
        assert await refused(house, {"url": url, "retries": 0}) == "127.0.0.1 broke the connection off."


async def test_a_server_that_is_away_is_a_failure(house: House) -> None:
    async with open_wire(b"") as url:
        pass
    assert await refused(house, {"url": url, "retries": 0}) == "127.0.0.1 cannot be reached."


async def test_a_busy_server_is_asked_again_after_the_time_that_it_wants(shop: Shop, house: House) -> None:
    shop.will(json({}, 503), json({}, 429, Retry_After="0"), json({"state": "sent"}))
    assert await house.call(shop.url) == {"state": "sent"}
    assert len(shop.asked) == 3


@pytest.mark.parametrize("retry_after", ["7", "Fri, 31 Dec 2199 23:59:59 GMT"])
async def test_one_that_wants_more_time_than_there_is_is_not_waited_for(
    shop: Shop, house: House, retry_after: str
) -> None:
    shop.will(json({}, 429, Retry_After=retry_after))
    began = time.monotonic()
    assert await refused(house, shop.url, timeout_secs=5) == "127.0.0.1 answered 429."
    assert (len(shop.asked), time.monotonic() - began < 4) == (1, True)


@pytest.mark.parametrize(
    ("method", "retries", "asked"),
    [
        ("GET", None, 3),
        ("PUT", None, 3),
        ("DELETE", None, 3),
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("POST", 1, 2),
        ("GET", 0, 1),
    ],
)
async def test_only_what_may_be_done_twice_is_tried_again(
    shop: Shop, house: House, method: str, retries: int | None, asked: int
) -> None:
    shop.will(*(json({}, 503, Retry_After="0") for _ in range(4)))
    more = {} if retries is None else {"retries": retries}
    assert await refused(house, {"url": shop.url, "method": method, **more}) == "127.0.0.1 answered 503."
    assert len(shop.asked) == asked


async def test_what_was_never_sent_is_tried_again_whatever_it_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0
    real = house.web._reach.covers

    def unlucky(address: str) -> bool:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectionRefusedError
        return real(address)

    monkeypatch.setattr(house.web._reach, "covers", unlucky)
    async with open_shop() as shop:
        assert await house.call({"url": shop.url, "method": "POST", "body": {"a": "1"}}) == {"status": 200}
        assert (len(shop.asked), tries) == (1, 3)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "https://shop.example/",
        "//other.example/x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_redirect_to_another_server_is_not_followed(shop: Shop, house: House, location: str) -> None:
    shop.will(*(json({}, 302, Location=location) for _ in range(5)))
    said = await refused(house, {"url": shop.url, "headers": {"X-Key": "{{ secrets.shop_key }}"}})
    expected = "127.0.0.1 redirects to another server, expected that one's address in `url`."
    assert said == (expected if location else "127.0.0.1 redirects more than 3 times, expected an answer.")


async def test_a_redirect_within_the_server_is_followed(shop: Shop, house: House) -> None:
    shop.will(json({}, 301, Location="/v2/x?y=%2F"), json({}, 307, Location="there"), json({"state": "here"}))
    assert await house.call(f"{shop.url}/x") == {"state": "here"}
    assert [asked.path for asked in shop.asked] == ["/x", "/v2/x?y=%2F", "/v2/there"]


async def test_a_post_is_not_sent_twice_but_its_answer_may_lie_elsewhere(shop: Shop, house: House) -> None:
    shop.will(json({}, 303, Location="/made/1"), json({"id": 1}), json({}, 307, Location="/other"))
    post = {"url": shop.url, "method": "POST", "body": {"a": "b"}}
    assert await house.call(post) == {"id": 1}
    assert [(asked.method, asked.path, asked.body) for asked in shop.asked] == [
        ("POST", "/", '{"a": "b"}'),
        ("GET", "/made/1", ""),
    ]
    assert await refused(house, post) == "127.0.0.1 answered 307 to a POST, expected no redirect."


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_what_lies_within_is_not_asked_unless_the_settings_allow_it(shop: Shop, host: str) -> None:
    port = shop.url.rpartition(":")[2]
    async with open_house("192.168.77.0/24") as house:
        said = await refused(house, {"url": f"http://{host}:{port}/", "method": "POST"})
    assert said == f"{host.strip('[]')} lies within your own network, expected it in the settings' functions.allow."
    assert shop.asked == []


async def test_a_secret_is_in_the_request_and_nowhere_else(
    shop: Shop, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.will(json({"echo": "Bearer s3cr3t-key!", "list": [{"a": "s3cr3t-key"}]}))
    http = {"url": f"{shop.url}/?k={{{{ secrets.shop_key }}}}", "body": ["{{ secrets.shop_key }}"], "method": "POST"}
    assert await house.call(http) == {"echo": "Bearer [secret]!", "list": [{"a": "[secret]"}]}
    assert (shop.asked[0].path, shop.asked[0].body) == ("/?k=s3cr3t-key", '["s3cr3t-key"]')
    shop.will(web.Response(status=500, text="s3cr3t-key"))
    assert "s3cr3t" not in await refused(house, http)
    assert "s3cr3t" not in caplog.text


async def test_an_argument_cannot_pass_for_a_secret(shop: Shop, house: House) -> None:
    http = {"url": shop.url, "headers": {"X-Key": "{{ secrets.shop_key }}"}, "result": "{{ secrets.shop_key }}"}
    shop.will(json({"a": 1}))
    assert (
        await house.call(http, {"secrets": {"shop_key": "mine"}}, parameters={"secrets": {"type": "object"}}) == "mine"
    )
    assert shop.asked[0].headers["x-key"] == "s3cr3t-key"


async def test_calls_at_the_same_time_do_not_wait_for_each_other(shop: Shop, house: House) -> None:
    both = asyncio.Barrier(5)

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        await both.wait()
        return json({"path": request.path})

    shop.will(*[waits] * 5)
    async with asyncio.timeout(20):
        found = await asyncio.gather(*(house.call(f"{shop.url}/{number}") for number in range(5)))
    assert found == [{"path": f"/{number}"} for number in range(5)]


async def test_one_that_is_given_up_leaves_its_connection(shop: Shop, house: House) -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        arrived.set()
        transport = request.transport
        assert transport is not None
        while not transport.is_closing():  # noqa: ASYNC110  There is nothing else to wait for.
            await asyncio.sleep(0)
        left.set()
        return json({})

    shop.will(waits)
    call = asyncio.ensure_future(house.call(shop.url))
    async with asyncio.timeout(20):
        await arrived.wait()
        call.cancel()
        await left.wait()
    assert call.cancelled()
