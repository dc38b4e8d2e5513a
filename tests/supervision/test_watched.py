"""A call and its viewers, from the first greeting to the end."""

import asyncio

import pytest

from appliance.frames import TranscriptionFrame, UserStartedSpeakingFrame
from appliance.pipeline import Pipeline
from appliance.rtvi import RTVIProcessor
from appliance.settings import SupervisionSettings
from appliance.supervision.calls import CallView
from appliance.task import PipelineTask
from tests.rtvi.stage import Ear
from tests.supervision.desk import CALL, WALL, Desk, snapshot


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
        data = {"type": "snapshot", "call": CALL, "conversation": [], "functions": []}
        assert await socket.next() == {"label": "rtvi-ai", "type": "server-message", "data": data, "seq": 2}
        bot.tell("bot-started-speaking")
        assert await socket.next() == {"label": "rtvi-ai", "type": "bot-started-speaking", "seq": 3}


async def test_the_end_is_told_after_all_that_still_waited(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        await snapshot(socket)
        bot.ended = lambda: bot.tell("bot-stopped-speaking")  # type: ignore[assignment, method-assign]
        desk.hub.call_ended("CA1", outcome="completed")
        assert (await socket.next())["type"] == "bot-stopped-speaking"
        assert (await socket.next())["data"]["type"] == "call-ended"


async def test_a_late_viewer_sees_the_conversation_so_far(desk: Desk) -> None:
    bot = desk.call()
    bot.said("Hello, who is there?", "Hello, ")
    desk.wall.advance(1.5)
    bot.conversation.user_pressed("42#")
    bot.functions = [{"tool_call_id": "t1"}]
    desk.hub.call_updated("CA1", speaking="bot", waits_for=None, latency_ms=420)
    async with desk.watching() as socket:
        await socket.ready()
        more = {"speaking": "bot", "waits": None, "latency_ms": 420, "last_words": {"who": "caller", "text": "42#"}}
        assert await snapshot(socket) == {
            "type": "snapshot",
            "call": CALL | more,
            "conversation": [
                {
                    "role": "assistant",
                    "text": "Hello, who is there?",
                    "timestamp": "2027-01-15T08:00:00.000Z",
                    "segment_id": 7,
                    "spoken_status": "in-progress",
                    "heard": "Hello, ",
                    "interrupted": True,
                },
                {"role": "user", "text": "42#", "timestamp": "2027-01-15T08:00:01.500Z", "keys": True},
            ],
            "functions": [{"tool_call_id": "t1"}],
        }


async def test_what_a_supervisor_said_for_the_caller_is_shown_as_that(desk: Desk) -> None:
    bot = desk.call()
    bot.conversation.user_typed("yes", "bert")
    at = "2027-01-15T08:00:00.000Z"
    async with desk.watching() as socket:
        await socket.ready()
        told = await snapshot(socket)
    assert told["call"]["last_words"] == {"who": "supervisor", "text": "yes"}
    assert told["conversation"] == [{"role": "user", "text": "yes", "timestamp": at, "by": "bert"}]


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


@pytest.mark.parametrize("supervision", [SupervisionSettings(linger_secs=60)], ids=["a minute"])
async def test_whoever_comes_or_comes_back_within_seconds_of_the_end_is_told_of_it(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        last = (await socket.until("snapshot"))["seq"]
    desk.hub.call_ended("CA1", outcome="completed")
    ended = {"type": "call-ended", "call_id": "CA1", "outcome": "completed"}
    async with desk.watching(f"/rtvi/CA1?after={last}") as back, desk.watching() as late:
        await back.ready()
        assert (await back.next())["data"] == ended
        await late.ready()
        over = {"type": "snapshot", "call": CALL | {"state": "ended", "waits": None}}
        assert (await late.next())["data"] == over | {"conversation": [], "functions": []}
        assert (await late.next())["data"] == ended


async def test_the_real_processor_speaks_to_viewers_through_the_hub(desk: Desk) -> None:
    processor = RTVIProcessor()
    task = PipelineTask(Pipeline([Ear()]), rtvi_processor=processor, observers=[desk.hub.observer("CA1")])
    running = asyncio.create_task(task.run())
    desk.hub.call_started(CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, task.rtvi))
    async with desk.watching(role="viewer") as socket:
        ready = await socket.ready()
        assert (ready["id"], ready["data"]["version"], ready["seq"]) == ("1", "2.1.0", 1)
        first = await snapshot(socket)
        assert (first["call"]["call_id"], first["conversation"]) == ("CA1", [])
        await task.queue_frame(UserStartedSpeakingFrame())
        await task.queue_frame(TranscriptionFrame("where is it", timestamp="2027-01-15T08:00:00.000Z"))
        assert (await socket.next())["type"] == "user-started-speaking"
        said = {"text": "where is it", "user_id": "", "timestamp": "2027-01-15T08:00:00.000Z", "final": True}
        assert (await socket.until("user-transcription"))["data"] == said
        await socket.socket.send_json({"label": "rtvi-ai", "type": "send-text", "id": "9", "data": {"content": "x"}})
        assert (await socket.until("error-response"))["id"] == "9"
    async with desk.watching(role="viewer") as late:
        await late.ready()
        assert [line["text"] for line in (await snapshot(late))["conversation"]] == ["where is it"]
    await task.cancel()
    async with asyncio.timeout(10):
        await running
    async with desk.watching(role="viewer") as after_all:
        await after_all.ready()
        assert (await snapshot(after_all))["conversation"][0]["text"] == "where is it"


async def test_facts_that_rtvi_has_no_event_for_are_told_to_the_calls_viewers(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        await snapshot(socket)
        desk.hub.call_updated("CA1", speaking="caller", waits_for=None, muted=True)
        desk.hub.call_updated("CA1", state="line lost")
        desk.hub.call_updated("CA1", state="live", taken_over_by="vera")
        now = CALL | {"speaking": "caller", "muted": True}
        lost = {"state": "line lost", "waits": {"for": "line", "since": "2027-01-15T08:00:00.000Z"}}
        taken = {"taken_over_by": "vera", "waits": {"for": "supervisor", "since": "2027-01-15T08:00:00.000Z"}}
        told = [(await socket.next())["data"] for _ in range(2)]
        assert told == [{"type": "call-updated", "call": now | lost}, {"type": "call-updated", "call": now | taken}]
