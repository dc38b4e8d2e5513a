"""The carrier's HTTP requests to the server: signed with what the server is configured as, sent to where it is."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp

from appliance.errors import ProtocolError
from appliance.simulator.signature import sign

ANSWER_SECS = 15.0
"""Twilio waits this long for a webhook's whole answer (11205)."""
HTTP_FAILURE = 11200
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class RequestFailedError(ProtocolError):
    """The server did not answer as a webhook must; ``code`` is the carrier's."""

    code = HTTP_FAILURE


@dataclass(frozen=True, slots=True)
class Reply:
    """A webhook's answer."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the server says it is (``public``, maybe with a path) and where it is (``local``); no slash at the end."""

    local: str
    public: str

    @classmethod
    def of(cls, webhook: str, public: str | None) -> "Addresses":
        """From the webhook's real address; without ``public`` both are the same."""
        parts = urlsplit(webhook)
        local = f"{parts.scheme}://{parts.netloc}"
        return cls(local, (public or local).rstrip("/"))

    def outside(self, local_url: str) -> str:
        """A real address -> what the carrier is configured with."""
        return self.public + local_url.removeprefix(self.local) if local_url.startswith(self.local) else local_url

    def inside(self, url: str) -> str:
        """What the server names -> where to connect, for http and ws alike; other servers' addresses stay."""
        scheme, _, rest = url.partition("://")
        public = self.public.partition("://")[2]
        if rest != public and not rest.startswith((public + "/", public + "?")):
            return url
        local_scheme, _, local = self.local.partition("://")
        secure = "s" if local_scheme == "https" else ""
        return f"{'ws' if scheme.startswith('ws') else 'http'}{secure}://{local}{rest.removeprefix(public)}"


class Requests:
    """Makes requests as the carrier does; without a token they are not signed."""

    def __init__(self, http: aiohttp.ClientSession, auth_token: str | None, addresses: Addresses) -> None:
        self.http = http
        self.addresses = addresses
        self._auth_token = auth_token

    def signature(self, url: str, parameters: Mapping[str, str] | None = None) -> str | None:
        """What stands in X-Twilio-Signature; ``url`` is the outside address."""
        return sign(self._auth_token, url, parameters) if self._auth_token is not None else None

    async def send(self, url: str, parameters: Mapping[str, str], method: str = "POST") -> Reply:
        """Asks an outside address, parameters as a form (POST) or the query (GET). RequestFailedError unless 2xx."""
        url, _, _ = url.partition("#")
        if method.upper() == "GET":
            url += ("&" if "?" in url else "?") + urlencode(parameters) if parameters else ""
            signature, form = self.signature(url), None
        else:
            signature, form = self.signature(url, parameters), dict(parameters)
        headers = {"User-Agent": "TwilioProxy/1.1"} | ({"X-Twilio-Signature": signature} if signature else {})
        try:
            async with (
                asyncio.timeout(ANSWER_SECS),
                self.http.request(
                    method.upper(), self.addresses.inside(url), data=form, headers=headers, allow_redirects=True
                ) as response,
            ):
                reply = Reply(response.status, response.content_type, await response.read())
        except TimeoutError as error:
            raise RequestFailedError(f"{url} did not answer within {ANSWER_SECS:g} s.") from error
        except aiohttp.ClientConnectorError as error:
            raise RequestFailedError(
                f"There is no connection to {error.host} port {error.port}: {_why(error)}."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise RequestFailedError(f"{url} could not be asked: {error}.") from error
        if not 200 <= reply.status < 300:
            raise RequestFailedError(f"{url} answered with status {reply.status}, expected 200.")
        return reply


def _why(error: aiohttp.ClientConnectorError) -> str:
    """``Connection refused`` where the system says it; the library's words name the address over again."""
    number = error.os_error.errno
    return os.strerror(number) if number is not None and number > 0 else str(error.os_error)


def resolve(base: str, url: str | None) -> str:
    """An address in a TwiML document, maybe relative to the document's own; that itself when there is none."""
    return urljoin(base, url) if url else base
