"""Many viewers of calls and of the house, coming and going."""

import asyncio
from typing import Any

import aiohttp
import orjson
import pytest

from appliance.settings import SupervisionSettings
from appliance.supervision.calls import Line
from tests.supervision.desk import READY, WALL, Desk, Socket

CALL: dict[str, Any] = {
    "call_id": "CA1",
    "from": "+15550100001",
    "to": "+15550100002",
    "dialplan": "reception",
    "started_at": "2027-01-15T08:00:00.000Z",
    "state": "live",
    "speaking": None,
    "muted": False,
    "recording": False,
}


async def snapshot(socket: Socket) -> dict[str, Any]:
    data: dict[str, Any] = (await socket.until("snapshot"))["data"]
    return data


async def test_a_viewer_gets_bot_ready_then_the_snapshot_then_live_events(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        assert await socket.ready() == {
            "label": "rtvi-ai",
            "type": "bot-ready",
            "id": "1",
            "data": {"version": "2.1.0"},
            "seq": 1,
        }
        data = {"type": "snapshot", "call": CALL, "conversation": []}
        assert await socket.next() == {"label": "rtvi-ai", "type": "server-message", "data": data, "seq": 2}
        bot.tell("bot-started-speaking")
        assert await socket.next() == {"label": "rtvi-ai", "type": "bot-started-speaking", "seq": 3}


async def test_a_late_viewer_sees_the_conversation_so_far(desk: Desk) -> None:
    desk.call()
    desk.hub.call_said("CA1", Line("bot", "Hello, who is there?", WALL, 7, "Hello, ", interrupted=True))
    desk.hub.call_said("CA1", Line("caller", "It is me", WALL + 1.5))
    desk.hub.call_updated("CA1", speaking="bot", latency_ms=420)
    async with desk.watching() as socket:
        await socket.ready()
        assert await snapshot(socket) == {
            "type": "snapshot",
            "call": CALL | {"speaking": "bot", "latency_ms": 420, "last_words": {"who": "caller", "text": "It is me"}},
            "conversation": [
                {
                    "who": "bot",
                    "text": "Hello, who is there?",
                    "at": "2027-01-15T08:00:00.000Z",
                    "segment_id": 7,
                    "spoken": "Hello, ",
                    "interrupted": True,
                },
                {"who": "caller", "text": "It is me", "at": "2027-01-15T08:00:01.500Z"},
            ],
        }


async def test_two_viewers_get_the_same_events_with_the_same_numbers(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as one, desk.watching() as two:
        await one.ready()
        await two.ready()
        await snapshot(one)
        await snapshot(two)
        for number in range(3):
            bot.tell("user-llm-text", {"text": str(number)})
        seen = [await one.next() for _ in range(3)]
        assert [await two.next() for _ in range(3)] == seen
        assert [event["seq"] for event in seen] == [5, 6, 7]


async def test_nothing_is_sent_before_the_viewer_is_ready(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as early, desk.watching() as socket:
        await early.ready()
        bot.tell("bot-started-speaking")
        assert (await early.until("bot-started-speaking"))["seq"] == 3
        await socket.socket.send_str(orjson.dumps(READY).decode())
        assert (await socket.next())["type"] == "bot-ready"


async def test_a_viewer_that_comes_back_gets_what_it_missed(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        last = (await socket.until("snapshot"))["seq"]
    missed = [bot.tell("user-llm-text", {"text": "missed"}) for _ in range(4)]
    async with desk.watching(f"/rtvi/CA1?after={last}") as socket:
        await socket.ready()
        assert [(await socket.next())["seq"] for _ in missed] == missed
        live = bot.tell("bot-stopped-speaking")
        assert (await socket.next())["seq"] == live


async def test_answers_to_others_are_not_replayed(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as other:
        await other.ready()
        last = (await other.until("snapshot"))["seq"]
        await other.socket.send_json({"label": "rtvi-ai", "type": "send-text", "id": "9", "data": {}})
        assert (await other.next())["data"] == {"error": "refused"}
        event = bot.tell("bot-stopped-speaking")
        async with desk.watching(f"/rtvi/CA1?after={last}") as socket:
            await socket.ready()
            assert (await socket.next())["seq"] == event


@pytest.mark.parametrize("after", ["0", "1", "999", "-1", "x", "", "9" * 30])
async def test_a_viewer_that_was_away_too_long_or_never_here_gets_a_snapshot(desk: Desk, after: str) -> None:
    desk.call()
    async with desk.watching(f"/rtvi/CA1?after={after}") as socket:
        await socket.ready()
        assert (await socket.next())["data"]["type"] == "snapshot"


async def test_more_than_half_a_queue_of_missed_events_is_replaced_by_a_snapshot(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        last = (await socket.until("snapshot"))["seq"]
    for _ in range(26):
        bot.tell("user-llm-text", {"text": "missed"})
    async with desk.watching(f"/rtvi/CA1?after={last}") as socket:
        await socket.ready()
        assert (await socket.next())["data"]["type"] == "snapshot"


async def test_after_its_end_a_call_is_announced_closed_and_gone(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        await snapshot(socket)
        desk.hub.call_ended("CA1", outcome="completed")
        desk.hub.call_ended("CA1", outcome="twice")
        assert (await socket.next())["data"] == {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
        assert await socket.closed() == (1000, "the call has ended")
    assert await desk.refused(f"/rtvi/CA1?token={desk.token}") == (404, "Invalid response status")


async def test_what_a_call_tells_that_nobody_knows_is_ignored(desk: Desk) -> None:
    desk.hub.call_updated("CA9", state="live")
    desk.hub.call_said("CA9", Line("bot", "Hello", WALL))
    desk.hub.call_ended("CA9")
    assert desk.hub.summaries() == []


async def test_the_house_tells_of_calls_as_they_come_and_go(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as socket:
        ready = await socket.ready()
        assert (ready["id"], ready["data"]["version"], ready["data"]["about"]["library"]) == ("1", "2.1.0", "appliance")
        assert await snapshot(socket) == {"type": "snapshot", "calls": [CALL]}
        desk.call("CA2")
        assert (await socket.next())["data"] == {"type": "call-started", "call": CALL | {"call_id": "CA2"}}
        desk.hub.call_updated("CA2", speaking="caller")
        updated = {"type": "call-updated", "call": CALL | {"call_id": "CA2", "speaking": "caller"}}
        assert (await socket.next())["data"] == updated
        desk.hub.call_ended("CA1", outcome="completed")
        ended = {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
        assert (await socket.next())["data"] == ended


async def test_in_the_house_too_what_was_missed_is_replayed(desk: Desk) -> None:
    async with desk.watching("/rtvi") as socket:
        await socket.ready()
        last = (await socket.until("snapshot"))["seq"]
    desk.call()
    async with desk.watching(f"/rtvi?after={last}") as socket:
        await socket.ready()
        assert (await socket.next())["data"]["type"] == "call-started"


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


async def test_a_viewer_that_nobody_follows_is_forgotten_in_time(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        assert len(bot.viewers) == 1
    subject = desk.hub.subject("CA1")
    assert subject is not None
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)
    assert len(bot.viewers) == 1  # it lingers, so that its events are remembered
    subject.close(1001, "over")
    assert len(bot.viewers) == 0
