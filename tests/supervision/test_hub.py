"""Viewers of calls and of the house, coming and going, and how many there may be."""

import asyncio
import contextlib

import aiohttp
import pytest

from appliance.settings import SupervisionSettings
from appliance.supervision.hub import BARRED_SECS
from tests.supervision.desk import SUPERVISOR, Desk, snapshot


async def test_what_a_call_tells_that_nobody_knows_is_ignored(desk: Desk) -> None:
    desk.hub.call_updated("CA9", state="live")
    desk.hub.call_ended("CA9")
    assert desk.hub.house.summaries(SUPERVISOR) == []


@pytest.mark.parametrize("supervision", [SupervisionSettings(max_viewers=2)], ids=["two in all"])
async def test_too_many_viewers_are_refused_and_leaving_makes_room(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi"):
        async with desk.watching():
            assert (await desk.refused(f"/rtvi?token={desk.token}"))[0] == 429
        while True:
            try:
                async with desk.watching("/rtvi") as socket:
                    await socket.ready()
                break
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0)


@pytest.mark.parametrize("supervision", [SupervisionSettings(max_viewers_per_call=1)], ids=["one a call"])
async def test_too_many_viewers_of_one_call_are_refused(desk: Desk) -> None:
    desk.call()
    desk.call("CA2")
    async with desk.watching(), desk.watching("/rtvi/CA2"):
        assert (await desk.refused(f"/rtvi/CA1?token={desk.token}"))[0] == 429


async def test_a_token_that_has_flooded_opens_no_socket_for_a_while_and_others_do(desk: Desk) -> None:
    desk.call()
    headers = {"authorization": f"Bearer {desk.token}"}
    async with desk.watching() as socket, desk.watching() as second:
        for number in range(1500):
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                await socket.say("nonsense", None, str(number))
        assert await socket.closed() == (1008, "too many messages at once")
        while desk.connections > 1:  # noqa: ASYNC110 - the server lets it go in its own time
            await asyncio.sleep(0)
        assert (await desk.refused("/rtvi/CA1", headers=headers))[0] == 429
        async with desk.watching(role="viewer") as other:
            await other.ready()
        await second.ready()
        desk.wall.advance(BARRED_SECS)
        async with desk.watching() as again:
            await again.ready()


async def test_when_the_service_stops_every_socket_is_told(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as house, desk.watching() as call:
        desk.hub.close()
        assert await house.closed() == (1001, "the service stops")
        assert await call.closed() == (1001, "the service stops")


async def test_a_call_id_may_hold_any_character(desk: Desk) -> None:
    desk.call("a/b c?ü")
    async with desk.watching("/rtvi/a%2Fb%20c%3F%C3%BC") as socket:
        await socket.ready()
        assert (await snapshot(socket))["call"]["call_id"] == "a/b c?ü"


@pytest.mark.parametrize("supervision", [SupervisionSettings(linger_secs=60)], ids=["a minute"])
async def test_a_call_that_begins_again_under_its_id_is_a_new_one(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as old:
        await old.ready()
        desk.hub.call_ended("CA1", outcome="failed")
        desk.call()
        assert await old.closed() == (1000, "the call has ended")
    async with desk.watching() as new:
        await new.ready()
        assert (await snapshot(new))["call"]["state"] == "live"


async def test_a_call_that_was_never_told_to_have_ended_makes_way_for_a_new_one(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as house, desk.watching() as old:
        await house.ready()
        await old.ready()
        desk.call()
        assert (await old.until("call-ended"))["data"]["outcome"] == "replaced"
        assert await old.closed() == (1000, "the call has ended")
        assert (await house.until("call-ended"))["data"]["outcome"] == "replaced"
        assert (await house.until("call-started"))["data"]["call"]["call_id"] == "CA1"
    assert len(desk.hub.house.summaries(SUPERVISOR)) == 1
