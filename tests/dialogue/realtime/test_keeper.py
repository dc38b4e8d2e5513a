"""A connection is kept whatever happens to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import pytest

from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.keeper import Keeper
from appliance.errors import EngineError
from tests.dialogue.realtime.sessions import engine_at
from tests.stand_ins.realtime import RealtimeServer


class Kept:
    """A keeper at work that takes every server at its word."""

    def __init__(self, server: RealtimeServer, *, timeout_secs: float = 2, **more: Any) -> None:
        self.lost: list[str] = []
        self.keeper = Keeper(engine_at(server, timeout_secs=timeout_secs), self._take, self._lost, **more)

    def _take(self, event: wire.Event) -> None:
        if event["type"] == "session.created":
            self.keeper.ready()
            self.keeper.settle()

    def _lost(self, why: EngineError) -> None:
        self.lost.append(str(why).split("/v1/realtime ")[1])


@contextlib.asynccontextmanager
async def kept(server: RealtimeServer, **more: Any) -> AsyncIterator[Kept]:
    one = Kept(server, **more)
    work = asyncio.create_task(one.keeper.run())
    try:
        yield one
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_connection_that_is_lost_is_made_anew_at_once() -> None:
    async with RealtimeServer() as server, kept(server) as one:
        await one.keeper.until_ready()
        server.clients[0].socket.transport.abort()
        await server.until(lambda: server.connections == 2)
        await one.keeper.until_ready()
        assert one.lost == ["broke off."]


async def test_one_that_is_given_up_is_replaced() -> None:
    async with RealtimeServer() as server, kept(server) as one:
        await one.keeper.until_ready()
        one.keeper.renew()
        await one.keeper.until_ready()
        assert server.connections == 2


async def test_one_that_cannot_be_kept_is_tried_so_often_and_then_when_it_is_needed() -> None:
    async with RealtimeServer() as server, kept(server, retry_secs=(0, 0)) as one:
        server.refusals.extend([HTTPStatus.SERVICE_UNAVAILABLE] * 3)
        with pytest.raises(EngineError, match="refused with status 503"):
            await one.keeper.until_ready()
        assert server.connections == 3
        await one.keeper.until_ready()
        assert (server.connections, one.lost) == (4, ["refused with status 503."] * 3)


async def test_one_that_is_refused_for_good_is_tried_once() -> None:
    async with RealtimeServer() as server, kept(server) as one:
        server.refusals.append(HTTPStatus.UNAUTHORIZED)
        with pytest.raises(EngineError, match="refused with status 401"):
            await one.keeper.until_ready()
        assert server.connections == 1


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    async with RealtimeServer(is_mute=True) as server, kept(server, timeout_secs=0.5, retry_secs=()) as one:
        with pytest.raises(EngineError, match=r"did not take the call within 0\.5 s"):
            await one.keeper.until_ready()


async def test_one_that_has_lasted_an_hour_is_old() -> None:
    async with RealtimeServer() as server, kept(server, old_secs=0) as one:
        assert not one.keeper.is_old
        await one.keeper.until_ready()
        assert one.keeper.is_old


async def test_a_server_that_asks_to_be_left_alone_for_longer_than_a_caller_waits_is_not_waited_for() -> None:
    async with RealtimeServer(retry_after="60") as server, kept(server) as one:
        server.refusals.append(HTTPStatus.TOO_MANY_REQUESTS)
        with pytest.raises(EngineError, match="refused with status 429"):
            await asyncio.wait_for(one.keeper.until_ready(), 1)
        assert server.connections == 1
