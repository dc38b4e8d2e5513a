import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import pytest

from appliance.dialogue.base import (
    CallFunction,
    CallFunctions,
    End,
    Expect,
    Failed,
    FunctionFailed,
    Output,
    PassOn,
    Say,
    Turn,
    TurnKind,
    Used,
)
from appliance.dialogue.processor import DialogueProcessor
from appliance.dialplan import Transfer
from appliance.errors import CarrierError, EngineError
from appliance.frames import (
    EndFrame,
    EngineFailedFrame,
    ErrorFrame,
    ExpectedAnswersFrame,
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
    LLMUsageMetricsData,
    MetricsFrame,
    NoInputFrame,
    NoMatchFrame,
    StartFrame,
    TakeOverFrame,
    TransferFailedFrame,
    TransferFrame,
    UserStartedSpeakingFrame,
)
from tests.pipeline.rig import Rig


class Engine:
    """Plays one list of outputs for every turn, and writes down the turns."""

    def __init__(self) -> None:
        self.outputs: list[Output | EngineError] = []
        self.turns: list[tuple[TurnKind, str]] = []
        self.results: list[Any] = []

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        self.turns.append((turn.kind, turn.text))
        for output in self.outputs:
            if isinstance(output, EngineError):
                raise output
            result = yield output
            if result is not None:
                self.results.append(result)

    def facts(self) -> Mapping[str, Any]:
        return {}


class Talk:
    def __init__(self) -> None:
        self.engine = Engine()
        self.context = LLMContext()

        async def call(name: str, arguments: Mapping[str, Any]) -> Any:
            return {"called": name, **arguments}

        self.processor = DialogueProcessor(self.engine, self.context, call, fallback_to="+15555550199")
        self.rig = Rig(self.processor)

    def of(self, kind: type[Frame]) -> list[Any]:
        return [frame for frame in self.rig.down if isinstance(frame, kind)]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    talk = Talk()
    async with talk.rig:
        yield talk


async def test_the_start_of_the_call_is_the_first_turn(talk: Talk) -> None:
    await talk.rig.send(StartFrame())
    assert talk.engine.turns == [(TurnKind.GREETING, "")]


@pytest.mark.parametrize(
    ("frame", "turn"),
    [
        (NoMatchFrame(), (TurnKind.NO_MATCH, "")),
        (NoInputFrame(), (TurnKind.NO_INPUT, "")),
        (EngineFailedFrame("stt", "gone"), (TurnKind.ENGINE_FAILED, "stt")),
        (LineBackFrame(), (TurnKind.RESUMED, "")),
        (LLMContextFrame(LLMContext([{"role": "user", "content": "yes"}])), (TurnKind.SPEECH, "yes")),
        (LLMContextFrame(LLMContext([{"role": "assistant", "content": "hm"}])), (TurnKind.CONTINUE, "")),
        (LLMContextFrame(LLMContext([{"role": "system", "content": "be brief"}])), (TurnKind.CONTINUE, "")),
        (LLMContextFrame(LLMContext()), (TurnKind.CONTINUE, "")),
        (LLMContextFrame(LLMContext(), keys="1#"), (TurnKind.KEYS, "1#")),
        (
            LLMContextFrame(
                LLMContext(
                    [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]
                )
            ),
            (TurnKind.SPEECH, "a b"),
        ),
    ],
)
async def test_each_frame_that_wants_an_answer_is_a_turn(talk: Talk, frame: Frame, turn: tuple[TurnKind, str]) -> None:
    await talk.rig.send(frame)
    assert talk.engine.turns == [turn]


async def test_texts_go_down_in_one_numbered_reply_and_expectations_up(talk: Talk) -> None:
    talk.engine.outputs = [Say("Hello "), Say("there."), Expect(None)]
    await talk.rig.send(StartFrame())
    assert talk.rig.names() == [
        "StartFrame",
        "LLMFullResponseStartFrame",
        "LLMTextFrame",
        "LLMTextFrame",
        "LLMFullResponseEndFrame",
    ]
    assert {frame.reply for frame in talk.of(LLMTextFrame)} == {1}
    assert [type(frame) for frame in talk.rig.up] == [ExpectedAnswersFrame]


async def test_a_function_is_announced_called_and_its_result_goes_back_to_the_engine(talk: Talk) -> None:
    talk.engine.outputs = [CallFunction("look_up", {"number": "1"}), Say("Done.")]
    await talk.rig.send(StartFrame())
    progress, result = talk.of(FunctionCallInProgressFrame)[0], talk.of(FunctionCallResultFrame)[0]
    assert (
        talk.rig.names()[2:5]
        == [
            "FunctionCallsStartedFrame",
            "FunctionCallInProgressFrame",
            "FunctionCallResultFrame",
        ]
        or talk.rig.names()[1] == "FunctionCallsStartedFrame"
    )
    assert (progress.tool_call_id, progress.arguments) == (result.tool_call_id, {"number": "1"})
    assert talk.engine.results == [result.result] == [{"called": "look_up", "number": "1"}]


async def test_the_end_comes_behind_the_last_words_and_nothing_after_it(talk: Talk) -> None:
    talk.engine.outputs = [Say("Bye."), End("completed", transfer_to="+1555")]
    await talk.rig.send(StartFrame())
    assert talk.rig.names()[-2:] == ["LLMFullResponseEndFrame", "EndFrame"]
    assert [(frame.reason, frame.transfer_to) for frame in talk.of(EndFrame)] == [("completed", "+1555")]
    await talk.rig.send(NoInputFrame())
    assert len(talk.engine.turns) == 1


async def test_a_caller_who_is_handed_over_is_not_answered_until_nobody_took_the_call(talk: Talk) -> None:
    talk.engine.outputs = [Say("One moment."), PassOn(Transfer("+1555", 30), "because")]
    await talk.rig.send(StartFrame())
    assert talk.rig.names()[-2:] == ["LLMFullResponseEndFrame", "TransferFrame"]
    assert [(frame.transfer, frame.reason) for frame in talk.of(TransferFrame)] == [(Transfer("+1555", 30), "because")]
    talk.engine.outputs = [Say("Nobody is there.")]
    await talk.rig.send(NoInputFrame(), LineLostFrame())
    assert len(talk.engine.turns) == 1
    await talk.rig.send(TransferFailedFrame("busy"))
    assert talk.engine.turns[1:] == [(TurnKind.NOT_TAKEN, "busy")]
    assert [frame.text for frame in talk.of(LLMTextFrame)] == ["One moment.", "Nobody is there."]


async def test_a_transfer_that_a_supervisor_wants_silences_the_dialogue_too(talk: Talk) -> None:
    await talk.rig.send(StartFrame())
    await talk.rig.send(TransferFrame(Transfer("+1555")))
    await talk.rig.send(NoInputFrame())
    assert len(talk.engine.turns) == 1


async def test_an_engine_that_fails_is_told_and_the_caller_is_apologised_to(talk: Talk) -> None:
    talk.engine.outputs = [EngineError("no idea")]
    await talk.rig.send(StartFrame())
    assert [frame.error for frame in talk.rig.up if isinstance(frame, ErrorFrame)] == ["no idea"]
    assert [(frame.apology, frame.transfer_to) for frame in talk.of(EndFrame)] == [(True, "+15555550199")]


@pytest.mark.parametrize("frame", [EngineFailedFrame("tts", "gone"), LineBackFrame()])
async def test_two_replies_are_never_given_at_once(talk: Talk, frame: Frame) -> None:
    gate = asyncio.Event()

    class Slow(Engine):
        async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
            if turn.kind is TurnKind.GREETING:
                await gate.wait()
            yield Say(turn.kind.value)

    talk.processor._engine = Slow()
    await talk.rig.send(StartFrame())
    await talk.rig.send(frame)
    gate.set()
    await talk.rig.settle()
    assert "InterruptionFrame" in talk.rig.names()
    assert len(talk.of(LLMTextFrame)) == 1
    assert [text.reply for text in talk.of(LLMTextFrame)] == [2]


async def test_a_reply_that_breaks_is_an_engine_that_failed(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Engine):
        async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
            self.turns.append((turn.kind, turn.text))
            if turn.kind is TurnKind.GREETING:
                raise ZeroDivisionError
            yield Say("Sorry.")

    talk.engine = talk.processor._engine = Broken()
    await talk.rig.send(StartFrame())
    assert talk.engine.turns == [(TurnKind.GREETING, ""), (TurnKind.ENGINE_FAILED, "dialogue")]
    assert [frame.text for frame in talk.of(LLMTextFrame)] == ["Sorry."]
    assert "Dialogue failed" in caplog.text


async def test_an_answer_is_given_to_the_engine_once_then_it_is_to_go_on_by_itself(talk: Talk) -> None:
    context = LLMContext([{"role": "user", "content": "yes"}])
    await talk.rig.send(LLMContextFrame(context))
    await talk.rig.send(LLMContextFrame(context))
    context.add_message({"role": "user", "content": "yes"})
    await talk.rig.send(LLMContextFrame(context))
    assert talk.engine.turns == [(TurnKind.SPEECH, "yes"), (TurnKind.CONTINUE, ""), (TurnKind.SPEECH, "yes")]


async def test_nothing_is_answered_while_a_person_speaks_in_the_bots_place(talk: Talk) -> None:
    await talk.rig.send(TakeOverFrame("anna"))
    said = LLMContextFrame(LLMContext([{"role": "user", "content": "yes"}]))
    for frame in (said, NoMatchFrame(), NoInputFrame(), EngineFailedFrame("stt", "gone"), LineBackFrame()):
        await talk.rig.send(frame)
    assert talk.engine.turns == []
    assert [(type(frame), getattr(frame, "expectation", 0)) for frame in talk.rig.up] == [(ExpectedAnswersFrame, None)]
    await talk.rig.send(HandBackFrame())
    assert talk.engine.turns == [(TurnKind.CONTINUE, "")]


async def test_a_take_over_silences_the_bot(talk: Talk) -> None:
    gate = asyncio.Event()

    class Slow(Engine):
        async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
            yield Say("One ")
            await gate.wait()
            yield Say("two.")

    talk.processor._engine = Slow()
    await talk.rig.send(StartFrame())
    await talk.rig.send(TakeOverFrame("anna"))
    gate.set()
    await talk.rig.settle()
    assert talk.rig.names()[-2:] == ["InterruptionFrame", "TakeOverFrame"]
    assert [frame.text for frame in talk.of(LLMTextFrame)] == ["One "]


@pytest.mark.parametrize("frame", [UserStartedSpeakingFrame(), LineLostFrame()])
async def test_a_bot_that_is_handed_the_call_back_hears_the_caller_out_first(talk: Talk, frame: Frame) -> None:
    await talk.rig.send(TakeOverFrame("anna"))
    await talk.rig.send(frame)
    await talk.rig.send(HandBackFrame())
    assert talk.engine.turns == []
    await talk.rig.send(NoMatchFrame())
    assert talk.engine.turns == [(TurnKind.NO_MATCH, "")]


async def test_once_the_end_is_on_its_way_nothing_is_answered(talk: Talk) -> None:
    await talk.rig.send(EndFrame("supervisor"))
    await talk.rig.send(NoInputFrame(), HandBackFrame())
    assert talk.engine.turns == []


class Several(Engine):
    """Calls two functions at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        self.told = yield CallFunctions(
            (CallFunction("a", {"x": "1"}, cancels=True), CallFunction("b", {"x": "2"}, cancels=True))
        )
        yield Say("Done.")


def several(call: Any) -> tuple[Several, Rig]:
    engine = Several()
    return engine, Rig(DialogueProcessor(engine, LLMContext(), call))


async def test_functions_that_are_called_together_run_together_and_are_announced_together() -> None:
    running: set[str] = set()
    both = asyncio.Event()

    async def call(name: str, arguments: Mapping[str, Any]) -> Any:
        running.add(name)
        if len(running) == 2:
            both.set()
        await both.wait()
        return name.upper()

    engine, rig = several(call)
    async with rig:
        await rig.send(StartFrame())
    started = [frame for frame in rig.down if isinstance(frame, FunctionCallsStartedFrame)]
    assert [[call.function_name for call in frame.function_calls] for frame in started] == [["a", "b"]]
    results = [frame for frame in rig.down if isinstance(frame, FunctionCallResultFrame)]
    ids = {call.function_name: call.tool_call_id for call in started[0].function_calls}
    found = {frame.function_name: (frame.tool_call_id, frame.arguments, frame.result) for frame in results}
    assert found == {"a": (ids["a"], {"x": "1"}, "A"), "b": (ids["b"], {"x": "2"}, "B")}
    assert engine.told == ["A", "B"]


async def test_of_functions_that_are_called_together_one_that_fails_does_not_stop_the_others() -> None:
    async def call(name: str, arguments: Mapping[str, Any]) -> Any:
        if name == "a":
            raise CarrierError("it is out of order")
        return "B"

    engine, rig = several(call)
    async with rig:
        await rig.send(StartFrame())
    results = {frame.function_name: frame.result for frame in rig.down if isinstance(frame, FunctionCallResultFrame)}
    assert results == {"a": {"error": "it is out of order"}, "b": "B"}
    assert engine.told == [FunctionFailed("it is out of order"), "B"]


async def test_an_interruption_cancels_functions_that_run_together() -> None:
    async def call(name: str, arguments: Mapping[str, Any]) -> Any:
        await asyncio.Event().wait()

    engine, rig = several(call)
    async with rig:
        await rig.send(StartFrame())
        await rig.send(InterruptionFrame())
    cancelled = [frame.function_name for frame in rig.down if isinstance(frame, FunctionCallCancelFrame)]
    assert sorted(cancelled) == ["a", "b"]
    assert engine.told == []


async def test_what_an_engine_deals_with_itself_is_told_and_logged(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    talk.engine.outputs = [Failed("The model is away."), Say("Could you say that again?")]
    await talk.rig.send(StartFrame())
    errors = [frame for frame in talk.rig.up if isinstance(frame, ErrorFrame)]
    assert [(frame.error, frame.engine, frame.fatal) for frame in errors] == [("The model is away.", "dialogue", False)]
    assert [frame.text for frame in talk.of(LLMTextFrame)] == ["Could you say that again?"]
    assert "The model is away." in caplog.text


async def test_what_an_answer_has_cost_is_a_metric(talk: Talk) -> None:
    talk.processor.usage_metrics_enabled = True
    talk.engine.outputs = [Used("small", 70, 7)]
    await talk.rig.send(StartFrame())
    assert [frame.data for frame in talk.of(MetricsFrame)] == [[LLMUsageMetricsData("Dialogue", "small", 70, 7, 77)]]
