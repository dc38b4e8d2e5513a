"""One WebSocket to a Realtime server."""

import asyncio
import logging
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve

from appliance.dialogue.realtime.connection import MOST_RUBBISH, MOST_WAITING, Connection, RefusedError, code_of
from tests.dialogue.realtime.sessions import engine_at
from tests.stand_ins.realtime import RealtimeServer


async def refusal(connection: Connection) -> RefusedError:
    """Why there is no connection."""
    with pytest.raises(RefusedError) as refused:
        await connection.open()
    await connection.close()
    return refused.value


async def test_the_key_and_the_model_are_told_and_the_first_event_comes() -> None:
    async with RealtimeServer(key="secret") as server:
        connection = Connection(engine_at(server, api_key="secret"))
        await connection.open()
        assert (await connection.next())["type"] == "session.created"
        await connection.close()
        assert server.wrong == []


@pytest.mark.parametrize(
    ("status", "passing"), [(HTTPStatus.UNAUTHORIZED, False), (HTTPStatus.TOO_MANY_REQUESTS, True)]
)
async def test_a_refusal_says_if_it_may_pass(status: HTTPStatus, passing: bool) -> None:
    async with RealtimeServer() as server:
        server.refusals.append(status)
        refused = await refusal(Connection(engine_at(server)))
        what = f"The speech-to-speech engine at {server.url} refused with status {status.value}."
        assert (str(refused), refused.passing, refused.after_secs) == (what, passing, 0)


async def test_a_server_that_asks_to_be_left_alone_says_for_how_long() -> None:
    async with RealtimeServer(retry_after="7") as server:
        server.refusals.append(HTTPStatus.TOO_MANY_REQUESTS)
        assert (await refusal(Connection(engine_at(server)))).after_secs == 7


async def test_nobody_there_may_be_there_in_a_moment() -> None:
    async with RealtimeServer() as server:
        engine = engine_at(server)
    refused = await refusal(Connection(engine))
    assert refused.passing
    assert str(refused).endswith("cannot be reached (ConnectionRefusedError).")


async def test_rubbish_is_skipped_and_told_once_until_it_is_too_much(caplog: pytest.LogCaptureFixture) -> None:
    async def rave(socket: ServerConnection) -> None:
        await socket.send("?")
        await socket.send('{"type": "fine"}')
        for _ in range(MOST_RUBBISH):
            await socket.send("?")
        await socket.wait_closed()

    async with serve(rave, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = Connection(engine_at(RealtimeServer(port=port)))
        await connection.open()
        with caplog.at_level(logging.WARNING):
            assert await connection.next() == {"type": "fine"}
            with pytest.raises(RefusedError, match="sends what makes no sense"):
                await connection.next()
        await connection.close()
    assert len(caplog.records) == 1


async def test_a_server_that_does_not_read_is_given_up_and_nobody_waits_for_it() -> None:
    over = asyncio.Event()

    async def stare(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await over.wait()
        socket.transport.abort()

    async with serve(stare, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = Connection(engine_at(RealtimeServer(port=port)))
        await connection.open()
        for _ in range(MOST_WAITING + 1):
            connection.send("x" * 1000)
        with pytest.raises(RefusedError, match="broke off"):
            await connection.next()
        await connection.close()
        over.set()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "session_expired", "type": "x"}, "session_expired"),
        ({"code": None, "type": "server_error"}, "server_error"),
        ({"code": "What the caller said!"}, "no code"),
        ("?", "no code"),
        (None, "no code"),
    ],
)
def test_an_error_is_called_by_its_code_and_never_by_its_words(error: object, code: str) -> None:
    assert code_of(error) == code
