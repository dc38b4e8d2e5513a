"""What the openai package sends its requests with: aiohttp, in place of a client that costs several times as much.

A request of one call's waits for all that the other calls' cost. Everything else (addresses, redirects, decompression,
the names of failures) is as the package's own client has it; where the environment names proxies, that is what is used.
"""

import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Iterator
from urllib.request import getproxies

import aiohttp
import httpx2
import openai
from yarl import URL

MOST_CONNECTIONS = 1000
KEPT_SECS = 30.0
"""An unused connection is kept for so long: a caller who asks again within it waits for no handshake."""

_NAMED: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx2.RemoteProtocolError),
    (aiohttp.ClientOSError, httpx2.ReadError),
    (aiohttp.ClientPayloadError, httpx2.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.ClientError, httpx2.NetworkError),
)
"""Failures, and what the package's own client calls them: the first that fits."""


def http_client() -> httpx2.AsyncClient | None:
    """What ``AsyncOpenAI`` is given as its ``http_client``, and closes; None is its own."""
    return None if getproxies() else openai.DefaultAsyncHttpxClient(transport=AiohttpTransport())


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Connections of one client, shared by its requests; opened by the first."""

    def __init__(self) -> None:
        self._certificates = certificates()
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request and waits for the answer's head. Raises httpx2.TransportError."""
        body = await request.aread()
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
        )
        with failures_named():
            answer = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=body,
                allow_redirects=False,
                timeout=timeout,
            )
        return httpx2.Response(answer.status, headers=list(answer.raw_headers), stream=_Body(answer), request=request)

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=MOST_CONNECTIONS, keepalive_timeout=KEPT_SECS, ssl=self._certificates
            )
            self._session = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


class _Body(httpx2.AsyncByteStream):
    """An answer's body as it comes in. Closed before its end, it takes the connection with it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with failures_named():
            async for piece in self._answer.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        """See AsyncByteStream."""
        self._answer.close()


@contextlib.contextmanager
def failures_named() -> Iterator[None]:
    """Raises aiohttp's failures by the names that the package knows."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        kind = next((name for known, name in _NAMED if isinstance(error, known)), httpx2.ReadTimeout)
        raise kind(str(error)) from error


@functools.cache
def certificates() -> ssl.SSLContext:
    """Those that the package's own client trusts; to read them takes a tenth of a second."""
    return httpx2.create_ssl_context()
