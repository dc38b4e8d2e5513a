"""What a dialplan may say of a request."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan import Function
from appliance.dialplan.functions import Http
from appliance.dialplan.shapes import ANY, Shape

SHOP = "https://shop.example"


def http(**written: Any) -> Http:
    """A request."""
    return Http.model_validate({"url": SHOP, **written})


def test_an_address_alone_is_a_request() -> None:
    function = Function.model_validate({"http": f"{SHOP}/orders/{{{{ order }}}}"})
    assert function.http == http(url=f"{SHOP}/orders/{{{{ order }}}}")
    assert (function.kind, function.result_shape()) == ("http", ANY)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "http://10.0.0.1:8080/x",
        "http://[fd00::1]:8080/x",
        "https://shop.example/{{ order }}",
        "https://shop.example/?a={{ order }}",
        "https://shop.example/x{# a remark #}",
    ],
)
def test_a_server_is_named_in_full(url: str) -> None:
    assert http(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "{{ server }}/x",
        "https://{{ server }}/x",
        "https://shop.example{{ order }}",
        "https://shop.{{ tld }}/x",
        "https://shop.example:{{ port }}/x",
        "ftp://shop.example/x",
        "shop.example/x",
        "https:///x",
    ],
)
def test_nobody_else_chooses_the_server(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        http(url=url)
    expected = "expected a whole server's name before the first gap, such as https://shop.example/orders/{{ order }}"
    assert str(refused.value.errors()[0]["ctx"]["error"]) == f"{url!r}, {expected}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {"url": "https://ann:pw@shop.example"},
            "not shown, expected no password in it: use `headers` with {{ secrets.NAME }}",
        ),
        ({"url": f"{SHOP}/a b"}, "'https://shop.example/a b', expected it percent-encoded and without #"),
        ({"url": f"{SHOP}/é"}, "'https://shop.example/é', expected it percent-encoded and without #"),
        (
            {"url": "https://a.example:99999/"},
            "'https://a.example:99999/', expected a server's address such as https://shop.example/orders/{{ order }}",
        ),
        (
            {"url": "https://[::1/"},
            "'https://[::1/', expected a server's address such as https://shop.example/orders/{{ order }}",
        ),
        ({"body": {"a": "1"}}, "is a GET with `body`, expected `method: POST` or another that sends one"),
        (
            {"method": "POST", "body": ' {"a": "{{ b }}"}'},
            "writes JSON as a text, expected `body` to be a mapping or a list: then gaps are escaped",
        ),
        (
            {"method": "POST", "body": '["{{ b }}"]'},
            "writes JSON as a text, expected `body` to be a mapping or a list: then gaps are escaped",
        ),
        ({"headers": {"Host": "a"}}, "'Host' is set by the appliance, expected other headers"),
        ({"headers": {"content-length": "1"}}, "'content-length' is set by the appliance, expected other headers"),
        ({"headers": {"X Key": "a"}}, "'X Key', expected a header's name such as X-Api-Key"),
        ({"method": "POST", "body": {"a": ["{{ b"]}}, None),
        ({"result": {"day": "{{ body.day | upperr }}"}}, "day: unknown filter 'upperr', did you mean 'upper'?"),
        ({"found_if": "{{ 1 +"}, None),
        ({"method": "OPTIONS"}, None),
        ({"accept": "99"}, None),
        ({"retries": "6"}, None),
        ({"bodi": "x"}, None),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], said: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        http(**written)
    if said is not None:
        assert [str(error["ctx"]["error"]) for error in refused.value.errors()] == [said]


@pytest.mark.parametrize("body", ["{{ note }}", "{% if note %}x{% endif %}", "a=1&b={{ note }}", "<a>{{ note }}</a>"])
def test_any_other_text_is_sent_as_it_is(body: str) -> None:
    assert http(method="post", body=body).body == body
    assert http(method="post").method == "POST"


def test_statuses_are_one_or_several() -> None:
    assert (http(accept="409").accept, http(accept=["409", 410]).accept) == ((409,), (409, 410))
    assert http().not_found == (404,)


def test_the_texts_of_a_request_may_name_secrets_and_those_of_the_answer_what_came() -> None:
    written = http(
        method="POST",
        query={"q": "1"},
        headers={"X": "2"},
        body={"a": ["3"]},
        found_if="{{ body }}",
        result={"day": "{{ body.day }}"},
    )
    assert [(place, sorted(names)) for place, _, names in written.filled()] == [
        (("url",), ["secrets"]),
        (("query", "q"), ["secrets"]),
        (("headers", "X"), ["secrets"]),
        (("body", "a", 0), ["secrets"]),
        (("found_if",), ["body", "headers", "status"]),
        (("result", "day"), ["body", "headers", "status"]),
    ]


def test_what_a_variable_will_hold_is_known_from_the_result() -> None:
    shape = http(result={"day": "{{ body.day }}", "who": {"name": "{{ body.name }}"}}).result_shape()
    assert shape == Shape(fields={"day": ANY, "who": Shape(fields={"name": ANY})})
    assert http(result="{{ body.day }}").result_shape() == ANY


@pytest.mark.parametrize(
    ("written", "wants"),
    [
        ({}, False),
        ({"result": "{{ body }}"}, False),
        ({"result": "{{ body.a }}"}, True),
        ({"found_if": "{{ body[0] }}"}, True),
    ],
)
def test_whether_an_answer_is_looked_into_is_known(written: dict[str, Any], wants: bool) -> None:
    assert http(**written).wants_fields is wants
