"""The openai package over aiohttp: what its own client would have sent, given back, and called its failures."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import httpx2
import openai
import pytest

from appliance.ops.openai_http import AiohttpTransport, certificates, failures_named, http_client

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(*answers: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers one request after the other; what they were, as they came."""
    seen: list[bytes] = []
    left = list(answers)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while left and (head := await reader.readuntil(b"\r\n\r\n")):
            sizes = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
            seen.append(head + await reader.readexactly(int(sizes[0]) if sizes else 0))
            await left.pop(0)(writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", seen
        for writer in writers:
            writer.close()
            await writer.wait_closed()


def says(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""])
        writer.write(head.encode() + body)

    return answer


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    """Half of what was promised."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")


async def rubbish(writer: asyncio.StreamWriter) -> None:
    writer.write(b"what do you want?\r\n\r\n")


async def nothing(writer: asyncio.StreamWriter) -> None:
    """Hangs up."""


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    client = http_client()
    assert client is not None
    yield client
    await client.aclose()


async def test_a_request_and_its_answer_go_through_as_they_are(client: httpx2.AsyncClient) -> None:
    async with server(says(b"fine", "x-id: 1", "x-id: 2")) as (url, seen):
        answer = await client.post(f"{url}/v1/a%2Fb?c=%20d", content=b"body", headers={"authorization": "Bearer k"})
    assert (answer.status_code, answer.content, answer.headers.get_list("x-id")) == (200, b"fine", ["1", "2"])
    assert seen[0].startswith(b"POST /v1/a%2Fb?c=%20d HTTP/1.1\r\n")
    assert seen[0].endswith(b"\r\n\r\nbody")
    assert seen[0].lower().count(b"authorization: bearer k") == 1


async def test_what_is_packed_is_unpacked_once(client: httpx2.AsyncClient) -> None:
    packed = gzip.compress(b'{"a": 1}')
    async with server(says(packed, "content-encoding: gzip")) as (url, _):
        assert (await client.get(url)).json() == {"a": 1}


async def test_a_redirect_is_followed_by_the_package_itself(client: httpx2.AsyncClient) -> None:
    moved = says(b"", "location: /there", status="307 Temporary Redirect")
    async with server(moved, says(b"here")) as (url, seen):
        answer = await client.post(url, content=b"x")
    assert (answer.content, [request.split()[1] for request in seen]) == (b"here", [b"/", b"/there"])


async def test_one_connection_serves_one_request_after_the_other(client: httpx2.AsyncClient) -> None:
    async with server(says(b"one"), says(b"two"), nothing) as (url, _):
        ports = []
        for _ in range(2):
            async with client.stream("GET", url) as answer:
                ports.append((await answer.aread(), answer.http_version))
    assert ports == [(b"one", "HTTP/1.1"), (b"two", "HTTP/1.1")]


@pytest.mark.parametrize(
    ("answer", "failures"),
    [
        (nothing, {"RemoteProtocolError", "ReadError"}),  # The system may call it a reset.
        (breaks_off, {"RemoteProtocolError"}),
        (rubbish, {"RemoteProtocolError"}),
    ],
)
async def test_what_a_server_does_wrong_is_called_what_the_package_calls_it(
    client: httpx2.AsyncClient, answer: Answer, failures: set[str]
) -> None:
    async with server(answer) as (url, _):
        with pytest.raises(httpx2.TransportError) as caught:
            await client.get(url)
    assert type(caught.value).__name__ in failures


async def test_a_server_that_is_not_there_cannot_be_connected_to(client: httpx2.AsyncClient) -> None:
    with pytest.raises(httpx2.ConnectError):
        await client.get("http://127.0.0.1:9/")


async def test_an_answer_that_does_not_come_in_time_is_a_timeout(client: httpx2.AsyncClient) -> None:
    over = asyncio.Event()

    async def waits(writer: asyncio.StreamWriter) -> None:
        await over.wait()

    async with server(waits) as (url, _):
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(url, timeout=httpx2.Timeout(None, read=0.05))
        over.set()


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (aiohttp.ConnectionTimeoutError(), "ConnectTimeout"),
        (aiohttp.ServerTimeoutError(), "ReadTimeout"),
        (TimeoutError(), "ReadTimeout"),
        (aiohttp.ClientOSError(), "ReadError"),
        (aiohttp.InvalidURL("x"), "UnsupportedProtocol"),
        (aiohttp.ClientError(), "NetworkError"),
    ],
)
def test_each_failure_has_a_name(failure: Exception, name: str) -> None:
    with pytest.raises(httpx2.TransportError) as caught, failures_named():
        raise failure
    assert type(caught.value).__name__ == name


async def test_the_package_itself_talks_over_it(client: httpx2.AsyncClient) -> None:
    body = b'data: {"n": 1}\n\ndata: [DONE]\n\n'
    async with server(says(body, "content-type: text/event-stream")) as (url, seen):
        package = openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0, http_client=client)
        stream = await package.post(
            "/chat", cast_to=object, body={"q": 1}, stream=True, stream_cls=openai.AsyncStream[object]
        )
        assert [chunk async for chunk in stream] == [{"n": 1}]
    assert seen[0].endswith(b'{"q":1}')


def test_where_proxies_are_named_the_packages_own_client_uses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert http_client() is None


async def test_certificates_are_read_once_and_a_transport_that_sent_nothing_can_be_closed() -> None:
    assert certificates() is certificates()
    await AiohttpTransport().aclose()
