"""The kind `http`: a request to a server, and what its answer means."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Text
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.machine_texts import texts_in
from appliance.dialplan.problems import Place
from appliance.dialplan.shapes import ANY, Shape
from appliance.dialplan.template import read

REQUEST_NAMES = frozenset({"secrets"})
"""What a request may name besides variables and arguments."""
ANSWER_NAMES = frozenset({"body", "headers", "status"})
"""What the meaning of an answer may name besides them."""

_JSON = re.compile(r"\s*(\{(?![{%#])|\[)")
_OURS = ("connection", "content-length", "host", "transfer-encoding")
_EXAMPLE = "https://shop.example/orders/{{ order }}"


def _is_address(text: str) -> str:
    """Whoever fills the gaps, the server is the operator's choice."""
    fixed = text.partition("{")[0]
    try:
        parts = urlsplit(fixed)
        has_port = parts.port != 0
    except ValueError:
        raise ValueError(f"{text!r}, expected a server's address such as {_EXAMPLE}") from None
    has_host = bool(parts.hostname) and (fixed == text or "/" in fixed.partition("://")[2] or parts.query)
    if parts.scheme not in ("http", "https") or not (has_host and has_port):
        raise ValueError(f"{text!r}, expected a whole server's name before the first gap, such as {_EXAMPLE}")
    if "@" in parts.netloc:
        raise ValueError("not shown, expected no password in it: use `headers` with {{ secrets.NAME }}")
    if "#" in fixed or not fixed.isascii() or " " in fixed:
        raise ValueError(f"{text!r}, expected it percent-encoded and without #")
    return text


def _are_texts(value: Any) -> Any:
    for place, text in texts_in(value):
        try:
            read(text)
        except ValueError as error:
            raise ValueError(f"{'.'.join(map(str, place))}: {error}" if place else str(error)) from None
    return value


def _are_headers(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if not name or not all(letter.isalnum() or letter in "!#$%&'*+-.^_`|~" for letter in name):
            raise ValueError(f"{name!r}, expected a header's name such as X-Api-Key")
        if name.lower() in _OURS:
            raise ValueError(f"{name!r} is set by the appliance, expected other headers")
    return headers


def _as_numbers(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


Structure = Annotated[str | dict[str, Any] | list[Any], AfterValidator(_are_texts)]
Status = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(_as_numbers, json_schema_input_type=int | tuple[int, ...])]


class Http(Kind):
    """A request to a server."""

    url: Annotated[Text, AfterValidator(_is_address)]
    """The address; what its gaps hold is percent-encoded."""

    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
    ] = "GET"
    """How it is asked."""

    query: dict[str, Text] = Field(default_factory=dict)
    """What is added behind a ? by name; what is empty is left out."""

    headers: Annotated[dict[str, Text], AfterValidator(_are_headers)] = Field(default_factory=dict)
    """Headers by name, such as Authorization: Bearer {{ secrets.shop_key }}."""

    body: Structure | None = None
    """What is sent: a mapping or list as JSON (as a form if Content-Type says so), a text as it is."""

    retries: int | None = Field(default=None, ge=0, le=5)
    """Further tries when the server cannot be reached, breaks off or is busy; without it 2, and for POST and PATCH none
    after the request has been sent.
    """

    accept: Statuses = ()
    """Further statuses that are an answer, such as 409, besides 200 to 299; `{{ status }}` tells them apart."""

    not_found: Statuses = (404,)
    """Statuses that mean that there is nothing."""

    found_if: Text | None = None
    """An expression that has to be true of the answer, such as {{ body.count > 0 }}; otherwise there is nothing."""

    result: Structure | None = None
    """What the function gives: a text or fields with gaps such as {{ body.slots[0].day }}; without it the body."""

    @model_validator(mode="after")
    def _sends_what_its_method_may(self) -> "Http":
        if self.body is not None and self.method in ("GET", "HEAD"):
            raise ValueError(f"is a {self.method} with `body`, expected `method: POST` or another that sends one")
        return self

    @model_validator(mode="after")
    def _leaves_json_to_us(self) -> "Http":
        if isinstance(self.body, str) and _JSON.match(self.body):
            raise ValueError("writes JSON as a text, expected `body` to be a mapping or a list: then gaps are escaped")
        return self

    @property
    def is_repeatable(self) -> bool:
        """Whether doing it twice does no harm."""
        return self.method not in ("POST", "PATCH")

    def filled(self) -> Iterator[tuple[Place, str, frozenset[str]]]:
        """The texts of the request, and those of the answer's meaning."""
        yield from ((place, text, REQUEST_NAMES) for place, text in self.request_texts())
        for key in ("found_if", "result"):
            yield from ((place, text, ANSWER_NAMES) for place, text in texts_in(getattr(self, key), (key,)))

    def request_texts(self) -> Iterator[tuple[Place, str]]:
        """The texts that may name secrets."""
        for key in ("url", "query", "headers", "body"):
            yield from texts_in(getattr(self, key), (key,))

    @property
    def wants_fields(self) -> bool:
        """Whether the meaning of an answer looks into its body."""
        answers = [text for _, text, names in self.filled() if names is ANSWER_NAMES]
        return any(path[0] == "body" and len(path) > 1 for text in answers for path in read(text).paths)

    def result_shape(self) -> Shape:
        """The fields that `result` names."""
        return _shape(self.result)


def _shape(result: Any) -> Shape:
    if isinstance(result, Mapping):
        return Shape(fields={name: _shape(one) for name, one in result.items()})
    return ANY
