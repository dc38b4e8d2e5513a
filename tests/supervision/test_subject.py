"""What viewers get that come late or come back."""

import asyncio

import orjson
import pytest

from tests.supervision.desk import READY, Desk, snapshot


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


async def test_what_is_remembered_for_a_viewer_that_has_left_waits_in_no_queue(desk: Desk) -> None:
    bot = desk.call()
    subject = desk.hub.subject("CA1")
    assert subject is not None
    async with desk.watching() as socket:
        await socket.ready()
        await snapshot(socket)
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)
    for _ in range(40):
        bot.tell("user-llm-text", {"text": "missed"})
    assert [(len(feed), feed.waiting_bytes) for feed in subject.ready()] == [(0, 0)]


async def test_whoever_comes_late_is_asked_what_is_waited_for_right_after_the_snapshot(desk: Desk) -> None:
    desk.call().asks = True
    async with desk.watching() as socket:
        await socket.ready()
        await snapshot(socket)
        assert (await socket.next())["data"] == {"tool_call_id": "after None"}


async def test_whoever_comes_back_is_asked_only_what_is_new_and_nothing_that_may_be_over(desk: Desk) -> None:
    bot = desk.call()
    bot.asks = True
    async with desk.watching() as socket:
        await socket.ready()
        last = (await socket.until("llm-function-call-in-progress"))["seq"]
        assert bot.tell("llm-function-call-in-progress", {"tool_call_id": "t2"}, once=True) == last + 1
        missed = bot.tell("llm-function-call-stopped", {"tool_call_id": "t2"})
    async with desk.watching(f"/rtvi/CA1?after={last}") as socket:
        await socket.ready()
        assert [(await socket.next())["seq"], (await socket.next())["data"]] == [
            missed,
            {"tool_call_id": f"after {last}"},
        ]


async def test_whoever_was_away_too_long_is_asked_everything_again(desk: Desk) -> None:
    bot = desk.call()
    bot.asks = True
    async with desk.watching("/rtvi/CA1?after=5000") as socket:
        await socket.ready()
        await snapshot(socket)
        assert (await socket.next())["data"] == {"tool_call_id": "after None"}


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


async def test_what_viewers_of_another_generation_or_role_were_shown_is_not_replayed(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready("2.1.0")
        last = (await socket.until("snapshot"))["seq"]
        for version, role in (("1.2.0", None), ("0.3.0", None), ("2.1.0", "viewer")):
            async with desk.watching(f"/rtvi/CA1?after={last}", role) as other:
                await other.ready(version)
                assert (await other.next())["data"]["type"] == "snapshot"
        missed = bot.tell("bot-stopped-speaking")
        async with desk.watching(f"/rtvi/CA1?after={last}") as same:
            await same.ready("2.0.0")
            assert (await same.next())["seq"] == missed


async def test_what_a_viewer_saw_that_has_changed_its_generation_since_is_not_taken_for_whole(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready("1.2.0")
        last = (await socket.until("snapshot"))["seq"]
        await socket.ready("2.1.0")
        await snapshot(socket)
        bot.tell("bot-stopped-speaking")
        async with desk.watching(f"/rtvi/CA1?after={last}") as old:
            await old.ready("1.2.0")
            assert (await old.next())["data"]["type"] == "snapshot"


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


async def test_a_viewer_that_nobody_follows_is_forgotten_in_time(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        assert len(bot.viewers) == 1
    subject = desk.hub.subject("CA1")
    assert subject is not None
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)
    assert bot.gone == ["anna"]
    assert len(bot.viewers) == 1  # it lingers, so that its events are remembered
    subject.close(1001, "over")
    assert len(bot.viewers) == 0
