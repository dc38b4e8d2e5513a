"""Functions that take their time, as the dialogue processor carries them out."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import pytest

from appliance.dialogue import calling
from appliance.dialogue.base import (
    CallFunction,
    CallFunctions,
    End,
    Filler,
    FunctionFailed,
    Output,
    Say,
    Turn,
    TurnKind,
)
from appliance.dialogue.calling import Silence
from appliance.dialogue.processor import DialogueProcessor
from appliance.errors import FunctionError
from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    HandBackFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    LLMTextFrame,
    NoInputFrame,
    StartFrame,
    TakeOverFrame,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from tests.pipeline.rig import Rig

WAIT = Filler(0.02, Say("One moment. "))


class Caller:
    """Calls functions when the call begins, and tells of everything else that happens."""

    def __init__(self, *calls: CallFunction, together: bool = True) -> None:
        self.calls = calls
        self.together = together
        self.told: list[Any] = []
        self.turns: list[tuple[TurnKind, Any, str]] = []

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        self.turns.append((turn.kind, turn.result, turn.call_id))
        if turn.kind is not TurnKind.GREETING:
            yield Say(f"{turn.kind.value}. ")
            return
        if self.together:
            self.told = yield CallFunctions(self.calls)
        else:
            for call in self.calls:
                self.told.append((yield call))
        yield Say("Done.")

    def facts(self) -> Mapping[str, Any]:
        return {}


class Talk:
    """A call whose functions end when a test says so."""

    def __init__(self, *calls: CallFunction, together: bool = True) -> None:
        self.ends: dict[str, asyncio.Future[Any]] = {}
        self.engine = Caller(*calls, together=together)
        self.processor = DialogueProcessor(self.engine, LLMContext(), self.call)
        self.rig = Rig(self.processor)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        end = self.ends[name] = asyncio.get_running_loop().create_future()
        return await end

    async def ends_with(self, name: str, result: Any) -> None:
        """A function comes to its end."""
        if isinstance(result, Exception):
            self.ends[name].set_exception(result)
        else:
            self.ends[name].set_result(result)
        await self.rig.settle()

    def of(self, kind: type[Frame]) -> list[Any]:
        return [frame for frame in self.rig.down if isinstance(frame, kind)]

    @property
    def said(self) -> list[str]:
        return [frame.text for frame in self.of(LLMTextFrame)]

    @property
    def ended(self) -> list[tuple[str, Any]]:
        """What supervisors are told of ends, in order; a cancellation has no result."""
        ends = (FunctionCallResultFrame, FunctionCallCancelFrame)
        found = [frame for frame in self.rig.down if isinstance(frame, ends)]
        return [(frame.function_name, getattr(frame, "result", "cancelled")) for frame in found]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """Two functions run at the same time: the one is given up when the caller speaks, the other is not."""
    talk = Talk(CallFunction("look", {"a": 1}, cancels=True), CallFunction("book", {"b": 2}, filler=WAIT))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        yield talk


async def test_every_call_has_a_whole_life(talk: Talk) -> None:
    (started,) = talk.of(FunctionCallsStartedFrame)
    ids = {call.function_name: call.tool_call_id for call in started.function_calls}
    progress = {frame.function_name: frame for frame in talk.of(FunctionCallInProgressFrame)}
    assert {name: (one.tool_call_id, one.arguments, one.cancel_on_interruption) for name, one in progress.items()} == {
        "look": (ids["look"], {"a": 1}, True),
        "book": (ids["book"], {"b": 2}, False),
    }
    await talk.ends_with("book", "yes")
    assert (talk.ended, talk.engine.told) == ([("book", "yes")], [])
    await talk.ends_with("look", None)
    assert (talk.ended, talk.engine.told) == ([("book", "yes"), ("look", None)], [None, "yes"])
    results = {frame.function_name: frame.tool_call_id for frame in talk.of(FunctionCallResultFrame)}
    assert results == ids


async def test_one_that_fails_has_a_result_too_and_does_not_stop_the_other(talk: Talk) -> None:
    await talk.ends_with("look", FunctionError("Away."))
    await talk.ends_with("book", "yes")
    assert talk.engine.told == [FunctionFailed("Away."), "yes"]
    assert talk.ended == [("look", {"error": "Away."}), ("book", "yes")]


async def test_a_function_alone_gives_its_failure_back_too() -> None:
    talk = Talk(CallFunction("one", {}), CallFunction("two", {}), together=False)
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.ends_with("one", FunctionError("Away."))
        await talk.ends_with("two", 2)
    assert talk.engine.told == [FunctionFailed("Away."), 2]


async def test_an_interruption_gives_up_only_what_says_so(talk: Talk) -> None:
    await talk.rig.send(InterruptionFrame())
    assert talk.ended == [("look", "cancelled")]
    assert talk.ends["look"].cancelled()
    assert not talk.ends["book"].done()


async def test_what_goes_on_is_told_when_it_ends(talk: Talk) -> None:
    call_id = talk.engine.calls[1].id
    await talk.rig.send(InterruptionFrame())
    await talk.ends_with("book", "yes")
    assert talk.ended[-1] == ("book", "yes")
    assert talk.engine.turns[1:] == [(TurnKind.RESULT, "yes", call_id)]
    assert talk.said[-1] == "result. "


async def test_a_failure_that_comes_late_is_told_as_one(talk: Talk) -> None:
    await talk.rig.send(InterruptionFrame())
    await talk.ends_with("book", FunctionError("Away."))
    assert talk.engine.turns[1:] == [(TurnKind.RESULT, FunctionFailed("Away."), talk.engine.calls[1].id)]


async def test_a_caller_who_speaks_is_heard_out_before_a_late_result(talk: Talk) -> None:
    await talk.rig.send(InterruptionFrame(), UserStartedSpeakingFrame())
    await talk.ends_with("book", "yes")
    assert talk.engine.turns[1:] == []
    await talk.rig.send(LLMContextFrame(LLMContext([{"role": "user", "content": "Hello?"}])))
    assert [kind for kind, *_ in talk.engine.turns[1:]] == [TurnKind.RESULT]


async def test_a_caller_who_speaks_before_the_result_is_answered(talk: Talk) -> None:
    await talk.rig.send(InterruptionFrame(), UserStartedSpeakingFrame(), NoInputFrame())
    await talk.ends_with("book", "yes")
    assert [kind for kind, *_ in talk.engine.turns[1:]] == [TurnKind.NO_INPUT, TurnKind.RESULT]


async def test_two_late_results_are_both_told() -> None:
    talk = Talk(CallFunction("a", {}), CallFunction("b", {}))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.rig.send(InterruptionFrame(), UserStartedSpeakingFrame())
        await talk.ends_with("a", 1)
        await talk.ends_with("b", 2)
        await talk.rig.send(NoInputFrame())
    assert [(kind, result) for kind, result, _ in talk.engine.turns[1:]] == [(TurnKind.RESULT, 1), (TurnKind.RESULT, 2)]


async def test_a_result_in_the_moment_of_the_interruption_is_not_lost(talk: Talk) -> None:
    talk.ends["look"].set_result(1)
    talk.ends["book"].set_result("yes")
    await talk.rig.send(InterruptionFrame())
    told = talk.engine.told == [1, "yes"]
    late = [(kind, result) for kind, result, _ in talk.engine.turns[1:]] == [(TurnKind.RESULT, "yes")]
    assert told or late
    assert ("book", "yes") in talk.ended


async def test_a_late_result_waits_while_a_person_speaks_in_the_bots_place(talk: Talk) -> None:
    await talk.rig.send(TakeOverFrame("anna"))
    await talk.ends_with("book", "yes")
    assert talk.engine.turns[1:] == []
    await talk.rig.send(HandBackFrame())
    assert [kind for kind, *_ in talk.engine.turns[1:]] == [TurnKind.RESULT]


@pytest.mark.parametrize("frame", [EndFrame("x"), CancelFrame("x")])
async def test_the_end_of_the_call_gives_up_whatever_runs(talk: Talk, frame: Frame) -> None:
    await talk.rig.send(InterruptionFrame())
    await talk.rig.send(frame)
    assert talk.ended == [("look", "cancelled"), ("book", "cancelled")]
    assert talk.ends["book"].cancelled()
    assert talk.engine.turns[1:] == []


async def test_a_dialogue_that_ends_the_call_gives_up_what_runs_still(talk: Talk) -> None:
    class Ends(Caller):
        async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
            yield End("completed")

    talk.processor._engine = Ends()
    await talk.rig.send(InterruptionFrame(), NoInputFrame())
    assert talk.ended == [("look", "cancelled"), ("book", "cancelled")]
    assert [type(frame) for frame in talk.rig.down][-1] is EndFrame


async def test_a_caller_who_waits_is_told_so_and_again(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "AGAIN_SECS", 0.03)
    await talk.rig.until(lambda: len(talk.said) == 2)
    assert talk.said == ["One moment. ", "One moment. "]
    assert {frame.reply for frame in talk.of(LLMTextFrame)} == {1}
    await talk.ends_with("look", 1)
    await talk.ends_with("book", 2)
    assert talk.said[-1] == "Done."


async def test_who_hears_nothing_for_long_enough_hears_the_least_patient_filler() -> None:
    patient = Filler(60, Say("Patience. "))
    talk = Talk(CallFunction("a", {}, filler=patient), CallFunction("b", {}, filler=WAIT), CallFunction("c", {}))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.rig.until(lambda: bool(talk.said))
    assert talk.said == ["One moment. "]


async def test_a_function_that_is_quick_needs_no_filler() -> None:
    talk = Talk(CallFunction("a", {}, filler=Filler(60, Say("One moment. "))))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.ends_with("a", 1)
    assert talk.said == ["Done."]


async def test_a_recorded_filler_is_played() -> None:
    talk = Talk(CallFunction("a", {}, filler=Filler(0, Say("One moment. ", "wait.wav"))))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.rig.until(lambda: bool(talk.said))
    assert [frame.recording for frame in talk.of(LLMTextFrame)] == ["wait.wav"]


async def test_nothing_is_filled_in_while_the_bot_speaks() -> None:
    talk = Talk(CallFunction("a", {}, filler=Filler(0.05, Say("One moment. "))))
    async with talk.rig:
        await talk.rig.send(StartFrame())
        await talk.processor.process_frame(BotStartedSpeakingFrame(), FrameDirection.UPSTREAM)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.15)
        assert talk.said == []
        stopped = time.monotonic()
        await talk.processor.process_frame(BotStoppedSpeakingFrame(), FrameDirection.UPSTREAM)
        await talk.rig.until(lambda: bool(talk.said))
        assert time.monotonic() - stopped >= 0.05


async def test_a_silence_is_counted_anew_after_each_word() -> None:
    silence = Silence()
    silence.ends()
    waits = asyncio.ensure_future(silence.lasts(0))
    await asyncio.sleep(0)
    assert not waits.done()
    silence.begins()
    await asyncio.wait_for(waits, 5)
