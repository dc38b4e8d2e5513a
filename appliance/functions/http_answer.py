"""A server's answer: read as far as it may be long, followed where it points to itself, refused when it is none."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from yarl import URL

from appliance.errors import FunctionError
from appliance.functions.http_request import Request
from appliance.functions.web import InsideError, Web
from appliance.settings.reach import NOT_ALLOWED

MOST_BYTES = 1_000_000
"""Of an answer, unpacked."""
MOST_REDIRECTS = 3
BUSY = (429, 502, 503, 504)
"""Statuses of servers that may answer the next time."""
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. ``body`` is what its JSON holds, or a text; None when there is none."""

    host: str
    status: int
    headers: Mapping[str, str]
    """By name in small letters."""
    body: Any


class BusyError(Exception):
    """There is no answer now; there may be one later. The sentence says what happened."""

    def __init__(self, said: str, *, was_sent: bool, retry_after_secs: float | None = None) -> None:
        super().__init__(said)
        self.was_sent = was_sent
        """Whether the server may have got the request."""
        self.retry_after_secs = retry_after_secs
        """How long the server wants to be left alone."""


async def ask(web: Web, request: Request, accepted: Collection[int] = ()) -> Answer:
    """The answer; ``accepted`` are statuses that are one, besides 200 to 299. Raises FunctionError, or BusyError."""
    method, url = request.method, request.url
    host = url.host or ""
    try:
        for _ in range(MOST_REDIRECTS + 1):
            data = request.data if method == request.method else None
            async with web.session(url).request(
                method, url, headers=request.headers, data=data, allow_redirects=False
            ) as response:
                if response.status not in _REDIRECTS or response.status in accepted:
                    return await _read(response, host, accepted)
                method, url = _followed(method, url, response)
    except aiohttp.ClientConnectorError as error:
        raise _unreached(host, error) from error
    except (aiohttp.InvalidURL, ValueError) as error:
        raise FunctionError(f"The address at {host} cannot be asked for.") from error
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one, too: connecting has its own limit.
        raise BusyError(f"{host} broke the connection off.", was_sent=True) from error
    raise FunctionError(f"{host} redirects more than {MOST_REDIRECTS} times, expected an answer.")


def _unreached(host: str, error: aiohttp.ClientConnectorError) -> Exception:
    if isinstance(error.os_error, InsideError):
        return FunctionError(f"{host} {NOT_ALLOWED}.")
    if isinstance(error, aiohttp.ClientSSLError):
        return FunctionError(f"{host} has a certificate that is not trusted.")
    return BusyError(f"{host} cannot be reached.", was_sent=False)


async def _read(response: aiohttp.ClientResponse, host: str, accepted: Collection[int]) -> Answer:
    status = response.status
    if status in BUSY and status not in accepted:
        raise BusyError(f"{host} answered {status}.", was_sent=True, retry_after_secs=_retry_after(response))
    if not (200 <= status < 300 or status in accepted):
        raise FunctionError(f"{host} answered {status}.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(host, status, headers, _body(response, await _content(response, host), host))


async def _content(response: aiohttp.ClientResponse, host: str) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MOST_BYTES:
            response.close()  # What still comes is not wanted, and the connection cannot be used again.
            raise FunctionError(f"{host} answered with more than {MOST_BYTES} bytes.")
    return bytes(content)


def _body(response: aiohttp.ClientResponse, content: bytes, host: str) -> Any:
    kind = response.content_type
    if not content.strip():
        return None
    if kind == "application/json" or kind.endswith("+json") or "Content-Type" not in response.headers:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise FunctionError(f"{host} answered {response.status} with what is no JSON.") from None
    if kind.startswith("text/"):
        try:
            return content.decode(response.charset or "utf-8", "replace").strip()
        except LookupError:
            return content.decode("utf-8", "replace").strip()
    raise FunctionError(f"{host} answered with {kind[:60]}, expected JSON or text.")


def _followed(method: str, url: URL, response: aiohttp.ClientResponse) -> tuple[str, URL]:
    """Where a redirect leads: to the same server only, so that no secret gets to another, and never away from TLS."""
    if response.status == 303:
        method = "GET"
    elif method not in ("GET", "HEAD"):
        raise FunctionError(f"{url.host} answered {response.status} to a {method}, expected no redirect.")
    target = url.join(URL(response.headers.get("Location", ""), encoded=True))
    is_upgrade = (url.scheme, target.scheme) == ("http", "https") and url.is_default_port() and target.is_default_port()
    if target.host != url.host or not (target.origin() == url.origin() or is_upgrade):
        raise FunctionError(f"{url.host} redirects to another server, expected that one's address in `url`.")
    return method, target


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds, or a date. See RFC 9110, 10.2.3."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    now = datetime.now(at.tzinfo or UTC)
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp())
