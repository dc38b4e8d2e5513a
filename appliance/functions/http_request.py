"""A request, made of what the dialplan says and what is known in the call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from yarl import URL

from appliance.dialplan import Value, fill
from appliance.dialplan.filters import as_text
from appliance.dialplan.functions import Http
from appliance.dialplan.machine_texts import fill_address, value_of, values_of

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. Nothing of it is for a log: it may hold secrets, and what a caller has said."""

    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    data: bytes | None = field(repr=False)
    is_repeatable: bool


def request_of(http: Http, values: Mapping[str, Value]) -> Request:
    """The request, with its gaps filled. Raises EngineError for what cannot be filled."""
    headers = {"Accept": f"{JSON}, text/plain;q=0.9, */*;q=0.1"}
    headers |= {name: " ".join(fill(text, values).split()) for name, text in http.headers.items()}
    data, kind = _data(http, values, _header(headers, "content-type"))
    if data is not None and _header(headers, "content-type") is None:
        headers["Content-Type"] = kind
    return Request(http.method, _url(http, values), headers, data, http.is_repeatable)


def _url(http: Http, values: Mapping[str, Value]) -> URL:
    query = {name: as_text(value_of(text, values)) for name, text in http.query.items()}
    url = URL(fill_address(http.url, values), encoded=True)
    return url.extend_query({name: text for name, text in query.items() if text})


def _data(http: Http, values: Mapping[str, Value], kind: str | None) -> tuple[bytes | None, str]:
    if http.body is None:
        return None, ""
    if isinstance(http.body, str):
        return fill(http.body, values).encode(), TEXT
    body = values_of(http.body, values)
    if kind is not None and kind.startswith(FORM) and isinstance(body, Mapping):
        return urlencode({name: as_text(one) for name, one in body.items()}).encode(), FORM
    return json.dumps(body, ensure_ascii=False).encode(), JSON


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)
