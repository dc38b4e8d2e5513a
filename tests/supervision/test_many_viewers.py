"""A real call's RTVI, watched by many at once, each by its role and in its generation of the protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from appliance.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallsStartedFrame,
    InterimTranscriptionFrame,
    LLMTextFrame,
    MetricsFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import Pipeline
from appliance.redaction import Redactor
from appliance.rtvi import RTVIFunctionCallReportLevel, RTVIObserverParams
from appliance.supervision.calls import CallView
from appliance.task import PipelineTask
from tests.rtvi.stage import Ear
from tests.supervision.desk import CALL, WALL, Desk, Socket, count_encodes, snapshot
from tests.supervision.test_subscription import event, in_the_house

AT = "2027-01-15T08:00:00.000Z"
CARD = "4111 1111 1111 1111"


@pytest.fixture
async def task(desk: Desk) -> AsyncIterator[PipelineTask]:
    """A running call whose dialplan reports functions at FULL and calls card numbers sensitive."""
    levels = {"*": RTVIFunctionCallReportLevel.FULL}
    task = PipelineTask(
        Pipeline([Ear()]),
        observers=[desk.hub.observer("CA1")],
        rtvi_observer_params=RTVIObserverParams(function_call_report_level=levels),
        call_id="CA1",
    )
    task.rtvi.redactor = Redactor(kinds=["card"])
    desk.hub.call_started(CallView("CA1", CALL["from"], CALL["to"], "reception", WALL, task.rtvi))
    running = asyncio.create_task(task.run())
    yield task
    await task.cancel()
    async with asyncio.timeout(10):
        await running


TURN: tuple[Frame, ...] = (
    UserStartedSpeakingFrame(),
    InterimTranscriptionFrame("where", timestamp=AT),
    TranscriptionFrame("where is it", timestamp=AT),
    UserStoppedSpeakingFrame(),
    LLMTextFrame("Here."),
    BotStartedSpeakingFrame(),
    AggregatedTextFrame("Here."),
    MetricsFrame([TTFBMetricsData("tts", value=0.1)]),
    BotStoppedSpeakingFrame(),
)


async def test_a_call_nobody_watches_makes_no_message(
    desk: Desk, task: PipelineTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_encodes(monkeypatch)
    await task.queue_frames(TURN)
    await task.flush_pipeline()
    assert (task.rtvi.sequence.last, made) == (0, [])
    assert not any(observer.active for observer in task.processors[1].observers_of(AggregatedTextFrame))


async def test_an_event_is_serialised_once_for_all_that_see_the_same(
    desk: Desk, task: PipelineTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(desk.watching(role=role)) for role in (None,) * 3 + ("viewer",) * 3]
        for socket in sockets:
            await socket.ready()
            await snapshot(socket)
        made = count_encodes(monkeypatch)
        await task.queue_frame(UserStartedSpeakingFrame())
        await task.queue_frame(TranscriptionFrame(f"it is {CARD}", timestamp=AT))
        seen = [[await socket.next(), await socket.next()] for socket in sockets]
    texts = [said["data"]["text"] for _, said in seen]
    assert texts == [f"it is {CARD}"] * 3 + ["it is [card]"] * 3
    assert {(one["type"], one["seq"], said["type"], said["seq"]) for one, said in seen} == {
        ("user-started-speaking", seen[0][0]["seq"], "user-transcription", seen[0][1]["seq"])
    }
    # Once for all, then once for those who see everything, and once for those who do not.
    assert [message["type"] for message in made] == [
        "user-started-speaking",
        "user-transcription",
        "user-transcription",
    ]


async def test_a_late_viewer_is_shown_as_much_as_its_role_allows(desk: Desk, task: PipelineTask) -> None:
    await task.queue_frame(TranscriptionFrame(f"it is {CARD}", timestamp=AT))
    await task.queue_frame(FunctionCallsStartedFrame([FunctionCallFromLLM("pay", "t1", {"card": CARD})]))
    await task.queue_frame(FunctionCallInProgressFrame("pay", "t1", {"card": CARD}))
    await task.flush_pipeline()
    whole: dict[tuple[str, str], dict[str, Any]] = {}
    async with AsyncExitStack() as stack:
        for role in ("supervisor", "viewer"):
            for path in ("/rtvi/CA1", "/rtvi"):
                socket = await stack.enter_async_context(desk.watching(path, role))
                await socket.ready()
                whole[role, path] = await snapshot(socket)
            await socket.ask("subscribe", call_id="CA1")
            assert (await event(socket))["data"] == whole[role, "/rtvi/CA1"]
    clear, masked = whole["supervisor", "/rtvi/CA1"], whole["viewer", "/rtvi/CA1"]
    assert clear["functions"] == [{"tool_call_id": "t1", "function_name": "pay", "arguments": {"card": CARD}}]
    assert masked["functions"] == [{"tool_call_id": "t1", "function_name": "pay"}]
    assert [said["text"] for said in clear["conversation"]] == [f"it is {CARD}"]
    assert [said["text"] for said in masked["conversation"]] == ["it is [card]"]
    words = {"last_words": {"who": "caller", "text": f"it is {CARD}"}}
    hidden = {"from": "[number]", "to": "[number]", "last_words": {"who": "caller", "text": "it is [card]"}}
    assert clear["call"] == whole["supervisor", "/rtvi"]["calls"][0] == CALL | words
    assert masked["call"] == whole["viewer", "/rtvi"]["calls"][0] == CALL | hidden


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("1.4.0", {"text", "spoken", "aggregated_by", "segment_id"}),
        (
            "2.1.0",
            {"text", "spoken", "aggregated_by", "segment_id", "will_be_spoken", "spoken_status", "spoken_progress"},
        ),
    ],
)
async def test_a_subscriber_is_shown_the_shapes_of_its_generation(
    desk: Desk, task: PipelineTask, version: str, keys: set[str]
) -> None:
    async with desk.watching("/rtvi") as house:
        await in_the_house(house, version)
        await house.ask("subscribe", call_id="CA1")
        await event(house)
        await task.queue_frames([BotStartedSpeakingFrame(), AggregatedTextFrame("Here.")])
        while (told := await event(house))["type"] != "bot-output":
            pass
        assert told["data"].keys() == keys


async def test_what_the_call_waits_for_is_told_as_it_goes(desk: Desk, task: PipelineTask) -> None:
    async def waits(socket: Socket) -> Any:
        waits = (await socket.until("call-updated"))["data"]["call"]["waits"]
        return waits and waits["for"]

    async with desk.watching("/rtvi") as house:
        await in_the_house(house)
        asked = FunctionCallInProgressFrame("approve", "t1", {}, by_client=True)
        await task.queue_frames([BotStartedSpeakingFrame(), BotStoppedSpeakingFrame(), UserStartedSpeakingFrame()])
        await task.queue_frames([UserStoppedSpeakingFrame(), asked])
        assert [await waits(house) for _ in range(5)] == [None, "caller", None, "engine", "function"]


async def test_two_viewers_with_the_same_id_get_each_their_own_answer(desk: Desk, task: PipelineTask) -> None:
    async with desk.watching() as one, desk.watching(role="viewer") as two:
        for socket in (one, two):
            await socket.ready()
            await snapshot(socket)
        await one.say("dtmf", {"buttons": []}, "7")
        await two.say("dtmf", {"buttons": ["1"]}, "7")
        answers = [await socket.until("error-response") for socket in (one, two)]
    assert [(answer["id"], answer["data"]["error"].split(":")[0]) for answer in answers] == [
        ("7", "Invalid dtmf message"),
        ("7", "Not permitted"),
    ]
