"""Functions that a supervisor's client executes, as the dialogue processor waits for them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import pytest

from appliance.dialogue.base import CallFunction, Dialogue, End, Output, Say, Turn, TurnKind
from appliance.dialogue.processor import DialogueProcessor
from appliance.frames import (
    CancelFrame,
    EndFrame,
    EngineFailedFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    HandBackFrame,
    InterruptionFrame,
    LineBackFrame,
    LineLostFrame,
    LLMContext,
    LLMContextFrame,
    LLMTextFrame,
    NoInputFrame,
    NoMatchFrame,
    StartFrame,
    TakeOverFrame,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from tests.pipeline.rig import Rig


class Asker:
    """Asks a supervisor when the call begins, and tells what comes of it; counts what else is said meanwhile."""

    def __init__(self, secs: float) -> None:
        self.secs = secs
        self.turns: list[TurnKind] = []

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        self.turns.append(turn.kind)
        match turn.kind:
            case TurnKind.GREETING:
                yield Say("One moment.")
                yield CallFunction("refund", {"amount": "40"}, self.secs)
            case TurnKind.RESULT:
                yield Say(f"It is {turn.result}.")
            case TurnKind.NO_RESULT:
                yield Say("Nobody is there.")
            case TurnKind.ENGINE_FAILED:
                yield End("engine failed")
            case _:
                yield Say("Still asking.")

    def facts(self) -> Mapping[str, Any]:
        return {}


class Talk:
    """A call in which a supervisor is being asked."""

    def __init__(self, *, secs: float = 60, engine: Dialogue | None = None) -> None:
        self.taken: set[str] = set()
        """Calls whose result is on its way."""
        self.asker = Asker(secs)
        self.processor = DialogueProcessor(
            engine or self.asker, LLMContext(), self.call, lambda call_id: call_id not in self.taken
        )
        self.rig = Rig(self.processor)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """A function of the bot's own, which takes its time."""
        await asyncio.Event().wait()

    @property
    def asked(self) -> FunctionCallInProgressFrame:
        (frame,) = self.of(FunctionCallInProgressFrame)
        return frame  # type: ignore[no-any-return]

    def result(self, value: object) -> FunctionCallResultFrame:
        return FunctionCallResultFrame("refund", self.asked.tool_call_id, {"amount": "40"}, value)

    def of(self, kind: type[Frame]) -> list[Any]:
        return [frame for frame in self.rig.down if isinstance(frame, kind)]

    @property
    def said(self) -> list[str]:
        return [frame.text for frame in self.of(LLMTextFrame)]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    talk = Talk()
    async with talk.rig:
        await talk.rig.send(StartFrame())
        yield talk


async def test_it_is_announced_as_the_clients_and_the_reply_ends_without_a_result(talk: Talk) -> None:
    assert talk.rig.names() == [
        "StartFrame",
        "FunctionCallsStartedFrame",
        "LLMFullResponseStartFrame",
        "LLMTextFrame",
        "FunctionCallInProgressFrame",
        "LLMFullResponseEndFrame",
    ]
    (started,) = talk.of(FunctionCallsStartedFrame)[0].function_calls
    assert (talk.asked.function_name, talk.asked.tool_call_id) == (started.function_name, started.tool_call_id)
    assert (talk.asked.arguments, talk.asked.by_client) == ({"amount": "40"}, True)


async def test_its_result_is_the_next_thing_the_caller_hears(talk: Talk) -> None:
    await talk.rig.send(talk.result("approved"))
    assert talk.said == ["One moment.", "It is approved."]
    assert [frame.result for frame in talk.of(FunctionCallResultFrame)] == ["approved"]
    assert talk.asker.turns == [TurnKind.GREETING, TurnKind.RESULT]


async def test_only_the_open_calls_result_counts_and_only_once(talk: Talk) -> None:
    await talk.rig.send(FunctionCallResultFrame("refund", "call_other", {}, "approved"))
    assert talk.said == ["One moment."]
    await talk.rig.send(talk.result("approved"), talk.result("refused"))
    assert talk.said == ["One moment.", "It is approved."]


async def test_what_interrupts_the_bot_does_not_end_the_waiting(talk: Talk) -> None:
    await talk.rig.send(InterruptionFrame(), NoMatchFrame(), NoInputFrame(), talk.result("approved"))
    assert talk.said == ["One moment.", "Still asking.", "Still asking.", "It is approved."]
    assert talk.of(FunctionCallCancelFrame) == []


@pytest.mark.parametrize(
    "turn",
    [
        NoMatchFrame(),
        LLMContextFrame(LLMContext([{"role": "user", "content": "hello?"}])),
        LLMContextFrame(LLMContext(), keys="1"),
        LLMContextFrame(LLMContext([{"role": "user", "content": "hello?"}]), audio_response=False),
    ],
)
async def test_a_result_waits_until_the_caller_has_finished_speaking(talk: Talk, turn: Frame) -> None:
    await talk.rig.send(UserStartedSpeakingFrame(), talk.result("approved"))
    assert talk.said == ["One moment."]
    await talk.rig.send(turn)
    assert talk.said == ["One moment.", "It is approved."]
    await talk.rig.send(NoInputFrame())
    assert talk.said[2:] == ["Still asking."]


async def test_a_result_waits_until_the_line_is_back(talk: Talk) -> None:
    await talk.rig.send(LineLostFrame(), talk.result("approved"))
    assert talk.said == ["One moment."]
    await talk.rig.send(LineBackFrame())
    assert talk.said == ["One moment.", "Still asking.", "It is approved."]


async def test_a_result_that_the_caller_talks_over_in_the_same_moment_is_not_lost(talk: Talk) -> None:
    await talk.processor.process_frame(talk.result("approved"), FrameDirection.DOWNSTREAM)
    await talk.rig.source.push_frame(InterruptionFrame())  # Before the reply has even begun.
    await talk.rig.settle()
    assert talk.said == ["One moment."]
    await talk.rig.send(NoMatchFrame())
    assert talk.said == ["One moment.", "It is approved."]


async def test_when_no_result_comes_in_time_the_call_is_cancelled_and_the_caller_told() -> None:
    talk = Talk(secs=0.01)
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.rig.until(lambda: len(talk.said) == 2)
        await talk.rig.send(talk.result("approved"))
    assert talk.said == ["One moment.", "Nobody is there."]
    assert [(frame.function_name, frame.tool_call_id) for frame in talk.of(FunctionCallCancelFrame)] == [
        ("refund", talk.asked.tool_call_id)
    ]


async def test_a_result_that_was_taken_in_the_last_moment_counts() -> None:
    talk = Talk(secs=0.01)
    gave_up = asyncio.Event()

    def give_up(call_id: str) -> bool:
        gave_up.set()
        return False

    talk.processor._give_up = give_up
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await asyncio.wait_for(gave_up.wait(), 5)
        await talk.rig.send(talk.result("approved"))
    assert talk.said == ["One moment.", "It is approved."]
    assert talk.of(FunctionCallCancelFrame) == []


@pytest.mark.parametrize("end", [CancelFrame("the caller hung up"), EndFrame("longest call reached")])
async def test_the_end_of_the_call_cancels_what_is_open(talk: Talk, end: Frame) -> None:
    await talk.rig.send(end)
    assert talk.rig.names()[-2:] == ["FunctionCallCancelFrame", type(end).__name__]
    await talk.rig.send(talk.result("approved"))
    assert talk.said == ["One moment."]


async def test_an_end_of_the_bots_own_cancels_what_is_open(talk: Talk) -> None:
    await talk.rig.send(EngineFailedFrame("tts", "gone"))
    assert [type(frame) for frame in talk.rig.down if isinstance(frame, FunctionCallCancelFrame | EndFrame)] == [
        FunctionCallCancelFrame,
        EndFrame,
    ]


async def test_a_function_of_the_bots_own_ends_with_the_reply_that_is_interrupted() -> None:
    class LookUp(Asker):
        async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
            yield CallFunction("price", {"number": "1"}, cancels=True)

    talk = Talk(engine=LookUp(0))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.rig.send(InterruptionFrame())
    assert talk.asked.by_client is False
    assert [frame.tool_call_id for frame in talk.of(FunctionCallCancelFrame)] == [talk.asked.tool_call_id]


async def test_a_result_that_comes_while_a_person_has_the_call_is_told_when_the_bot_has_it_back(talk: Talk) -> None:
    await talk.rig.send(TakeOverFrame("anna"))
    await talk.rig.send(talk.result("approved"))
    assert talk.asker.turns == [TurnKind.GREETING]
    await talk.rig.send(HandBackFrame())
    assert (talk.asker.turns, talk.said[-1]) == ([TurnKind.GREETING, TurnKind.RESULT], "It is approved.")


async def test_while_the_result_is_still_awaited_the_bot_that_has_the_call_back_says_so(talk: Talk) -> None:
    await talk.rig.send(TakeOverFrame("anna"))
    await talk.rig.send(HandBackFrame())
    assert talk.said[-1] == "Still asking."
    await talk.rig.send(talk.result("approved"))
    assert talk.said[-1] == "It is approved."
