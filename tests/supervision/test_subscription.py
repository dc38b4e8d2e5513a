"""The house's viewers follow single calls, too: their events come wrapped."""

import asyncio
from typing import Any

import pytest

from appliance.settings import SupervisionSettings
from tests.supervision.desk import CALL, Desk, Socket, count_encodes, snapshot


async def event(socket: Socket, call_id: str = "CA1") -> dict[str, Any]:
    """The next event of a call that is subscribed to, as the call has sent it."""
    data = (await socket.until("call-event"))["data"]
    assert data.keys() == {"type", "call_id", "event"}
    assert data["call_id"] == call_id
    inner: dict[str, Any] = data["event"]
    return inner


async def in_the_house(socket: Socket, version: str = "2.1.0") -> Socket:
    """A viewer who has shaken hands with the house and has seen its snapshot."""
    await socket.ready(version)
    await snapshot(socket)
    return socket


async def test_a_subscriber_gets_the_snapshot_and_then_each_event_with_the_numbers_of_the_call(desk: Desk) -> None:
    bot = desk.call()
    bot.heard("It is me")
    async with desk.watching("/rtvi") as house, desk.watching() as beside:
        await in_the_house(house)
        await beside.ready()
        await snapshot(beside)
        answer = await house.ask("subscribe", call_id="CA1")
        assert (answer["type"], answer["data"]) == ("server-response", {"t": "subscribe", "d": {"call_id": "CA1"}})
        whole = await event(house)
        assert whole == {
            "label": "rtvi-ai",
            "type": "server-message",
            "data": {
                "type": "snapshot",
                "call": CALL | {"last_words": {"who": "caller", "text": "It is me"}},
                "conversation": bot.conversation.as_list(),
                "functions": [],
            },
            "seq": 4,
        }
        for number in range(3):
            bot.tell("user-llm-text", {"text": str(number)})
        assert [await event(house) for _ in range(3)] == [await beside.next() for _ in range(3)]


async def test_several_calls_are_followed_on_one_socket_until_they_are_left(desk: Desk) -> None:
    bots = {call_id: desk.call(call_id) for call_id in ("CA1", "CA2")}
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        for call_id, bot in bots.items():
            await house.ask("subscribe", call_id, call_id=call_id)
            assert (await event(house, call_id))["data"]["type"] == "snapshot"
            bot.tell("bot-started-speaking")
            assert (await event(house, call_id))["type"] == "bot-started-speaking"
        assert (await house.ask("unsubscribe", call_id="CA1"))["data"] == {
            "t": "unsubscribe",
            "d": {"call_id": "CA1"},
        }
        bots["CA1"].tell("bot-stopped-speaking")
        bots["CA2"].tell("bot-interrupted")
        assert (await event(house, "CA2"))["type"] == "bot-interrupted"


async def test_a_subscription_goes_on_where_an_earlier_one_was_left(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        last = (await event(house))["seq"]
        await house.ask("unsubscribe", call_id="CA1")
        missed = [bot.tell("user-llm-text", {"text": "missed"}) for _ in range(3)]
        await house.ask("subscribe", call_id="CA1", after=last)
        assert [(await event(house))["seq"] for _ in missed] == missed
        await house.ask("unsubscribe", call_id="CA1")
        await house.ask("subscribe", call_id="CA1", after=9999)
        assert (await event(house))["data"]["type"] == "snapshot"


async def test_a_call_is_subscribed_to_once(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        again = await house.ask("subscribe", "8", call_id="CA1")
        assert (again["type"], again["data"]) == (
            "error-response",
            {"error": "The call 'CA1' is subscribed to already."},
        )


async def test_a_subscription_ends_with_its_call_and_the_next_one_of_that_id_is_another(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        await event(house)
        desk.hub.call_ended("CA1", outcome="completed")
        assert (await event(house))["data"] == {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
        assert (await house.next())["data"] == {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
        gone = {"error": "There is no live call 'CA1'."}
        assert (await house.ask("subscribe", call_id="CA1"))["data"] == gone
        desk.call().tell("bot-started-speaking")
        assert (await house.next())["data"]["type"] == "call-started"
        await house.ask("subscribe", call_id="CA1")
        assert (await event(house))["data"]["call"]["state"] == "live"


async def test_a_call_that_makes_way_for_one_of_the_same_id_takes_its_subscriptions_with_it(desk: Desk) -> None:
    desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        new = desk.call()
        assert (await event(house))["data"]["type"] == "snapshot"
        assert (await event(house))["data"]["outcome"] == "replaced"
        new.tell("bot-started-speaking")
        await house.until("call-started")
        assert (await house.ask("subscribe", call_id="CA1"))["type"] == "server-response"


@pytest.mark.parametrize("supervision", [SupervisionSettings(max_viewers_per_call=1)], ids=["one a call"])
async def test_subscriptions_count_among_the_calls_viewers_and_leaving_the_house_leaves_all(desk: Desk) -> None:
    bots = [desk.call(), desk.call("CA2")]
    async with desk.watching("/rtvi") as house, desk.watching("/rtvi") as other:
        await in_the_house(house)
        await in_the_house(other)
        for call_id in ("CA1", "CA2"):
            await house.ask("subscribe", call_id=call_id)
            await event(house, call_id)
        assert (await desk.refused(f"/rtvi/CA1?token={desk.token}"))[0] == 429
        full = {"error": "1 viewers are connected to this call, which is the limit."}
        assert (await other.ask("subscribe", call_id="CA2"))["data"] == full
        await house.socket.close()
        for call_id in ("CA1", "CA2"):
            while (await other.ask("subscribe", call_id=call_id))["type"] == "error-response":
                pass
            assert (await event(other, call_id))["data"]["type"] == "snapshot"
        assert [len(bot.ready) for bot in bots] == [1, 1]


async def test_a_subscriber_speaks_the_version_that_it_announced_to_the_house(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house, "1.2.0")
        await house.ask("subscribe", call_id="CA1")
        await event(house)
        assert list(bot.announced.values()) == ["1.2.0"]


async def test_a_subscriber_has_the_rights_of_its_token_and_says_nothing_to_the_call(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi", "viewer") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        assert (await event(house))["data"]["call"] == CALL | {"from": "[number]", "to": "[number]"}
    (subscriber,) = bot.viewers.values()
    assert (subscriber.name, subscriber.role, subscriber.report_ceiling.name) == ("viewer", "viewer", "NAME")
    assert [subscriber.may(kind) for kind in ("client-ready", "client-message", "get-config")] == [True, False, False]


async def test_what_a_subscriber_was_shown_is_replayed_to_subscribers_only(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        last = (await event(house))["seq"]
        bot.tell("bot-started-speaking")
        async with desk.watching(f"/rtvi/CA1?after={last}") as beside:
            await beside.ready()
            assert (await beside.next())["data"]["type"] == "snapshot"


async def test_an_event_is_serialised_once_for_all_that_get_it_wrapped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as one, desk.watching("/rtvi") as two, desk.watching() as beside:
        for house in (one, two):
            await in_the_house(house)
            await house.ask("subscribe", call_id="CA1")
            await event(house)
        await beside.ready()
        await snapshot(beside)
        made = count_encodes(monkeypatch)
        bot.tell("user-llm-text", {"text": "once"})
        assert await event(one) == await event(two) == await beside.next()
        assert [message["type"] for message in made] == ["user-llm-text", "server-message"]


@pytest.mark.parametrize("supervision", [SupervisionSettings(queue_messages=10)], ids=["ten wait"])
async def test_wrapped_events_that_may_be_dropped_are_and_the_viewer_is_told_of_what_kind(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        await event(house)
        for _ in range(40):
            bot.tell("user-audio-level", {"value": 0.5}, droppable=True)
        bot.tell("bot-stopped-speaking")
        dropped = (await house.until("events-dropped"))["data"]
        assert dropped["counts"] == {"user-audio-level": 31}
        while (await event(house))["type"] != "bot-stopped-speaking":
            pass


async def test_whoever_is_subscribed_is_gone_with_the_house(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        await house.ask("subscribe", call_id="CA1")
        await event(house)
    subject = desk.hub.subject("CA1")
    assert subject is not None
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)
    bot.tell("bot-started-speaking")
    assert len(bot.viewers) == 1  # it lingers, so that its events are remembered
    subject.close(1001, "over")
    assert len(bot.viewers) == 0
