from collections.abc import AsyncIterator

import pytest

from appliance.call.recorder import Recorder
from appliance.frames import (
    AggregatedTextFrame,
    AssistantMessageFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
)
from appliance.records import TurnRecord
from tests.pipeline.rig import Pass, Rig


class Output(Pass):
    """Stands where the output transport stands."""

    plays_audio = True


class Recorded:
    """A recorder that watches a pipeline, and what it put."""

    def __init__(self) -> None:
        self.turns: list[TurnRecord] = []
        self.now = 100.0
        recorder = Recorder("CA1", self.turns.append, clock=lambda: self.now)
        self.rig = Rig(Pass(), Output(), Pass(), observers=(recorder,))

    async def sees(self, *frames: Frame) -> None:
        for frame in frames:  # One by one: of frames that wait together, system frames go first.
            await self.rig.send(frame)

    def said(self) -> list[tuple[str, str, str | None]]:
        return [(turn.who, turn.text, turn.heard) for turn in self.turns]


@pytest.fixture
async def recorded() -> AsyncIterator[Recorded]:
    one = Recorded()
    async with one.rig:
        yield one


async def test_a_conversation_is_recorded_turn_by_turn(recorded: Recorded) -> None:
    await recorded.sees(AggregatedTextFrame("Hello."), AggregatedTextFrame("Yes or no?"))
    await recorded.sees(AssistantMessageFrame("Hello. Yes or no?", False), TranscriptionFrame("yes", "", ""))
    await recorded.sees(LLMContextFrame(LLMContext(), keys="12"))
    assert recorded.said() == [("bot", "Hello. Yes or no?", None), ("caller", "yes", None), ("caller", "12", None)]
    assert [turn.index for turn in recorded.turns] == [0, 1, 2]
    assert recorded.turns[2].details == {"keys": True}


async def test_a_bots_turn_begins_when_its_first_sentence_is_heard(recorded: Recorded) -> None:
    await recorded.sees(AggregatedTextFrame("Hello."))
    recorded.now = 103.0
    await recorded.sees(AssistantMessageFrame("Hello.", False), TranscriptionFrame("yes", "", ""))
    assert [turn.started_at for turn in recorded.turns] == [100.0, 103.0]


async def test_an_interrupted_turn_tells_what_was_meant_and_what_was_heard(recorded: Recorded) -> None:
    await recorded.sees(AggregatedTextFrame("Would you like our opening hours?"))
    await recorded.sees(InterruptionFrame(), AssistantMessageFrame("Would you like", True))
    assert recorded.said() == [("bot", "Would you like our opening hours?", "Would you like")]


async def test_an_interruption_after_the_last_word_leaves_a_whole_turn(recorded: Recorded) -> None:
    await recorded.sees(AggregatedTextFrame("Hello."), InterruptionFrame(), AssistantMessageFrame("Hello.", True))
    assert recorded.said() == [("bot", "Hello.", None)]


async def test_a_sentence_cut_short_before_its_first_word_is_recorded_as_not_heard(recorded: Recorded) -> None:
    await recorded.sees(AggregatedTextFrame("Hello."), InterruptionFrame(), TranscriptionFrame("no", "", ""))
    await recorded.sees(AggregatedTextFrame("Goodbye."), AssistantMessageFrame("Goodbye.", False))
    assert recorded.said() == [("bot", "Hello.", ""), ("caller", "no", None), ("bot", "Goodbye.", None)]


async def test_a_function_call_is_recorded_with_its_arguments_and_its_result(recorded: Recorded) -> None:
    await recorded.sees(FunctionCallResultFrame("price", "call_1", {"number": "1"}, {"euros": "5"}))
    (turn,) = recorded.turns
    assert (turn.who, turn.text) == ("function", "price")
    assert turn.details == {"arguments": {"number": "1"}, "result": {"euros": "5"}}


async def test_a_function_call_that_a_supervisor_answered_is_recorded_with_the_supervisors_name(
    recorded: Recorded,
) -> None:
    await recorded.sees(FunctionCallResultFrame("refund", "call_1", {}, "approved", by="vera"))
    assert recorded.turns[0].details == {"arguments": {}, "result": "approved", "by": "vera"}


async def test_a_function_call_that_was_given_up_is_recorded_as_that_unless_it_has_its_result(
    recorded: Recorded,
) -> None:
    asked = FunctionCallInProgressFrame("refund", "call_1", {"order": "4711"}, by_client=True)
    await recorded.sees(asked, FunctionCallCancelFrame("refund", "call_1"))
    (turn,) = recorded.turns
    assert (turn.who, turn.text) == ("function", "refund")
    assert turn.details == {"arguments": {"order": "4711"}, "cancelled": True}
    await recorded.sees(
        FunctionCallInProgressFrame("refund", "call_2", {}), FunctionCallCancelFrame("refund", "call_1")
    )
    await recorded.sees(
        FunctionCallResultFrame("refund", "call_2", {}, None), FunctionCallCancelFrame("refund", "call_2")
    )
    assert [turn.details for turn in recorded.turns[1:]] == [{"arguments": {}, "result": None}]


async def test_a_frame_counts_once_however_often_it_is_pushed(recorded: Recorded) -> None:
    frame = TranscriptionFrame("yes", "", "")
    await recorded.sees(frame, frame)
    assert recorded.said() == [("caller", "yes", None)]


async def test_what_a_supervisor_says_for_the_caller_is_never_recorded_as_the_callers(recorded: Recorded) -> None:
    said = [{"type": "text", "text": "yes"}, {"type": "text", "text": "please"}]
    await recorded.sees(
        LLMMessagesAppendFrame([{"role": "user", "content": said}], by="anna"),
        LLMContextFrame(LLMContext(), by="anna"),
        LLMContextFrame(LLMContext(), keys="42", by="anna"),
        LLMMessagesAppendFrame([{"role": "system", "content": "A member."}], by="anna"),
        LLMMessagesAppendFrame([{"role": "system", "content": "the program's own"}]),
    )
    assert [(turn.who, turn.text, turn.details) for turn in recorded.turns] == [
        ("supervisor", "yes please", {"by": "anna", "role": "user"}),
        ("supervisor", "42", {"keys": True, "by": "anna"}),
        ("supervisor", "A member.", {"by": "anna", "role": "system"}),
    ]
