"""A role that may not see what is sensitive sees it nowhere: live, late, when it comes back, in the house."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from appliance.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    FunctionCallInProgressFrame,
    LLMContext,
    LLMContextFrame,
    TranscriptionFrame,
)
from appliance.pipeline import Pipeline
from appliance.redaction import Redactor
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.supervision.calls import CallView
from appliance.task import PipelineTask
from tests.rtvi.stage import Ear
from tests.supervision.desk import WALL, Desk, Socket, snapshot

AT = "2027-01-15T08:00:00.000Z"
BEGUN = "It is 471"
"""Nobody can know yet, live, that a long number begins so."""

SECRETS = ["122.", "815 815", "44445555", "666777", "hush", "+15550100001"]
EVERYTHING = RTVIObserverParams(function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL})


@contextlib.asynccontextmanager
async def masking_call(desk: Desk) -> AsyncIterator[PipelineTask]:
    """A real call in which numbers are sensitive, and the caller's own."""
    processor = RTVIProcessor(clock=desk.wall)
    processor.redactor = Redactor(kinds=["digits"], fields=["pin"], literals=["+15550100001"])
    watch = [desk.hub.observer("CA1")]
    task = PipelineTask(
        Pipeline([Ear()]), rtvi_processor=processor, observers=watch, rtvi_observer_params=EVERYTHING, call_id="CA1"
    )
    running = asyncio.create_task(task.run())
    desk.hub.call_started(CallView("CA1", "+15550100001", "+15550100002", "reception", WALL, processor))
    try:
        yield task
    finally:
        await task.cancel()
        async with asyncio.timeout(10):
            await running


async def say_secrets(task: PipelineTask) -> None:
    """The caller says a number in two parts and keys one in, a function gets one, the bot says one."""
    for text in ("It is 471", "122.", "Call me at 555-010-0001 or +15550100001 please."):
        await task.queue_frame(TranscriptionFrame(text, timestamp=AT))
    keyed = LLMContext([{"role": "user", "content": "44445555"}])
    await task.queue_frame(LLMContextFrame(keyed, keys="44445555"))
    await task.queue_frame(FunctionCallInProgressFrame("look_up", "t1", {"pin": "hush", "of": 666777}))
    await task.queue_frame(BotStartedSpeakingFrame())
    await task.queue_frame(AggregatedTextFrame("So it is 815 815."))


async def until_bot(socket: Socket) -> list[dict[str, Any]]:
    """All messages up to what the bot says."""
    got = [await socket.next()]
    while got[-1]["type"] != "bot-output":
        got.append(await socket.next())
    return got


def leaks(*messages: object) -> list[str]:
    """The secrets that are in there."""
    text = json.dumps(messages)
    return [secret for secret in SECRETS if secret in text]


async def spoken(desk: Desk, task: PipelineTask) -> None:
    """Says them all, and returns when the last one has been told."""
    async with desk.watching() as socket:
        await socket.ready()
        await say_secrets(task)
        assert leaks(await until_bot(socket)) == SECRETS


@pytest.mark.parametrize("version", ["2.1.0", "1.2.0"])
async def test_live_events_are_masked_under_the_same_numbers(desk: Desk, version: str) -> None:
    async with masking_call(desk) as task, desk.watching() as clear, desk.watching(role="clerk") as masked:
        await clear.ready(version)
        await masked.ready(version)
        await snapshot(clear)
        await snapshot(masked)
        await say_secrets(task)
        everything, shown = await until_bot(clear), await until_bot(masked)
        assert (leaks(everything), leaks(shown)) == (SECRETS, [])
        assert [(each["type"], each["seq"]) for each in everything] == [(each["type"], each["seq"]) for each in shown]


async def test_a_late_viewer_gets_a_masked_picture(desk: Desk) -> None:
    async with masking_call(desk) as task:
        await spoken(desk, task)
        async with desk.watching(role="clerk") as late, desk.watching() as clear:
            await late.ready()
            await clear.ready()
            shown = await snapshot(late)
            assert leaks(shown) == []
            assert BEGUN not in json.dumps(shown)
            assert leaks(await snapshot(clear)) == SECRETS
    assert [item["text"] for item in shown["conversation"]] == [
        *("It is [number]", "[number].", "Call me at [phone] or [phone] please."),
        *("[number]", "So it is [number]."),
    ]
    assert shown["functions"][0]["arguments"] == {"pin": "[pin]", "of": "[number]"}
    assert shown["call"]["last_words"] == {"who": "bot", "text": "So it is [number]."}
    assert (shown["call"]["from"], shown["call"]["to"]) == ("[number]", "[number]")


async def test_what_was_missed_is_replayed_as_it_was_shown_to_the_same_role(desk: Desk) -> None:
    async with masking_call(desk) as task:
        async with desk.watching(role="clerk") as socket, desk.watching() as other:
            await socket.ready()
            await other.ready()
            last = (await socket.until("snapshot"))["seq"]
            before = (await other.until("snapshot"))["seq"]
        await say_secrets(task)
        async with desk.watching(f"/rtvi/CA1?after={last}", role="clerk") as back:
            await back.ready()
            replayed = await until_bot(back)
            assert "snapshot" not in [(each.get("data") or {}).get("type") for each in replayed]
            assert leaks(replayed) == []
        async with desk.watching(f"/rtvi/CA1?after={before}") as back:
            await back.ready()
            assert leaks(await until_bot(back)) == SECRETS


async def test_the_house_shows_masked_words_and_events(desk: Desk) -> None:
    async with masking_call(desk) as task, desk.watching("/rtvi", role="clerk") as house:
        await house.ready()
        assert leaks(await house.until("snapshot")) == []
        assert "error" not in await house.ask("subscribe", call_id="CA1")
        got: list[dict[str, Any]] = []
        await say_secrets(task)
        while not got or (got[-1].get("data") or {}).get("event", {}).get("type") != "bot-output":
            got.append(await house.next())
        got.append(await house.ask("calls"))
        assert leaks(got) == []
        words = [
            each["data"]["call"].get("last_words") for each in got if each.get("data", {}).get("type") == "call-updated"
        ]
        assert {"who": "caller", "text": "[number]."} in words
