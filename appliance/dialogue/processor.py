"""Runs a dialogue engine in the pipeline: each turn becomes a numbered reply in a task of its own."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from appliance.dialogue.base import CallFunction, Dialogue, End, Expect, Output, Say, Turn, TurnKind
from appliance.errors import EngineError
from appliance.frames import (
    EndFrame,
    EngineFailedFrame,
    ExpectedAnswersFrame,
    Frame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    LineBackFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    NoInputFrame,
    NoMatchFrame,
    ProcessingMetricsData,
    StartFrame,
    TTFBMetricsData,
)
from appliance.pipeline import FrameDirection, FrameProcessor

Functions = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


class DialogueProcessor(FrameProcessor):
    """Turns in, replies out: text downstream, expectations upstream, function calls announced while they run."""

    handles = (StartFrame, LineBackFrame, LLMContextFrame, NoMatchFrame, NoInputFrame, EngineFailedFrame)

    def __init__(self, engine: Dialogue, context: LLMContext, functions: Functions) -> None:
        super().__init__(name="Dialogue")
        self._engine = engine
        self._context = context
        self._functions = functions
        self._ended = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers what asks for an answer; passes the rest on."""
        match frame:
            case StartFrame():
                await self.push_frame(frame, direction)
                self._answer(Turn(TurnKind.GREETING, self._context))
            case LineBackFrame():
                await self.push_frame(frame, direction)
                await self.supersede()
                self._answer(Turn(TurnKind.RESUMED, self._context))
            case LLMContextFrame():
                await self.push_frame(frame, direction)
                self._answer(_turn_of(frame), frame.audio_response)
            case NoMatchFrame():
                self._answer(Turn(TurnKind.NO_MATCH, self._context))
            case NoInputFrame():
                self._answer(Turn(TurnKind.NO_INPUT, self._context))
            case EngineFailedFrame():
                await self.supersede()
                self._answer(Turn(TurnKind.ENGINE_FAILED, self._context, frame.engine))

    def _answer(self, turn: Turn, audio_response: bool = True) -> None:
        if not self._ended:
            self.create_task(self._reply(turn, self.inbox.replies.begin(), audio_response), reply=True)

    async def task_failed(self, error: str) -> None:
        """A reply that broke is no answer: the engine is told, as of any other engine that failed."""
        await self.push_error(error, engine="dialogue")
        self.inbox.put(self, EngineFailedFrame("dialogue", error), FrameDirection.DOWNSTREAM)

    async def _reply(self, turn: Turn, number: int, audio_response: bool) -> None:
        await self.push_frame(LLMFullResponseStartFrame(audio_response, reply=number))
        end = None
        try:
            end = await self._run(turn, number)
        except EngineError as error:
            await self.push_error(str(error), engine="dialogue")
            end = End("engine failed", apology=True)
        await self.push_frame(LLMFullResponseEndFrame(reply=number))
        if end is not None:
            self._ended = True
            await self.push_frame(EndFrame(end.reason, end.transfer_to, end.apology))

    async def _run(self, turn: Turn, number: int) -> End | None:
        """Drives the engine through one reply; returns how the call is to end, if it is."""
        began = time.monotonic()
        first = True
        async with contextlib.aclosing(self._engine.reply(turn)) as outputs:
            result: Any = None
            while True:
                try:
                    output = await outputs.asend(result)
                except StopAsyncIteration:
                    break
                if isinstance(output, End):
                    return output
                if first and isinstance(output, Say):
                    first = False
                    await self.push_metrics(TTFBMetricsData(self.name, value=time.monotonic() - began))
                result = await self._perform(output, number)
        await self.push_metrics(ProcessingMetricsData(self.name, value=time.monotonic() - began))
        return None

    async def _perform(self, output: Output, number: int) -> Any:
        match output:
            case Say():
                await self.push_frame(LLMTextFrame(output.text, recording=output.recording, reply=number))
            case Expect():
                await self.push_frame(ExpectedAnswersFrame(output.expectation), FrameDirection.UPSTREAM)
            case CallFunction():
                return await self._call(output)
        return None

    async def _call(self, call: CallFunction) -> Any:
        call_id = f"call_{uuid.uuid4().hex[:16]}"
        await self.push_frame(FunctionCallsStartedFrame([FunctionCallFromLLM(call.name, call_id, call.arguments)]))
        await self.push_frame(FunctionCallInProgressFrame(call.name, call_id, call.arguments))
        result = await self._functions(call.name, call.arguments)
        await self.push_frame(FunctionCallResultFrame(call.name, call_id, call.arguments, result))
        return result


def _turn_of(frame: LLMContextFrame) -> Turn:
    """What the caller's last message is to the dialogue."""
    if frame.keys is not None:
        return Turn(TurnKind.KEYS, frame.context, frame.keys)
    last = frame.context.messages[-1] if frame.context.messages else {}
    content = last.get("content", "") if last.get("role") == "user" else ""
    if isinstance(content, list):
        content = " ".join(part.get("text", "") for part in content)
    return Turn(TurnKind.SPEECH, frame.context, content)
