"""What is sent."""

from yarl import URL

from appliance.dialplan.functions import Http
from appliance.functions.http_request import Request, request_of


def test_a_request_says_nothing_of_itself_to_a_log() -> None:
    request = Request("GET", URL("https://shop.example/?key=hush"), {"X-Key": "hush"}, b"hush", is_repeatable=True)
    assert repr(request) == "Request(method='GET', is_repeatable=True)"


def test_a_content_type_of_ones_own_counts_however_it_is_spelled() -> None:
    http = Http.model_validate(
        {"url": "https://a.example", "method": "PUT", "body": {"a": "1"}, "headers": {"content-TYPE": "x/y+json"}}
    )
    request = request_of(http, {})
    assert {name for name in request.headers if name.lower() == "content-type"} == {"content-TYPE"}
    assert (request.url, request.data) == (URL("https://a.example"), b'{"a": "1"}')


def test_a_query_is_added_to_the_one_that_is_there() -> None:
    http = Http.model_validate(
        {"url": "https://a.example/x?a=1&a=2", "query": {"a": "{{ n }}", "b": "{{ m }}", "c": "é&"}}
    )
    assert str(request_of(http, {"n": 3}).url) == "https://a.example/x?a=1&a=2&a=3&c=%C3%A9%26"
