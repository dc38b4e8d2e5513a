"""Runs a dialogue engine in the pipeline: each turn becomes a numbered reply in a task of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from appliance.dialogue.base import (
    CallFunction,
    CallFunctions,
    Dialogue,
    End,
    Expect,
    Failed,
    Listen,
    Output,
    PassOn,
    Say,
    Serves,
    SetRecording,
    TakeMessage,
    Turn,
    TurnKind,
    Used,
)
from appliance.dialogue.calling import Calling, Functions
from appliance.dialplan.recordings import recording_of
from appliance.errors import EngineError
from appliance.frames import (
    NOT_ANNOUNCED,
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    CutReplyFrame,
    EndFrame,
    EngineFailedFrame,
    ExpectedAnswersFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    HandBackFrame,
    LineBackFrame,
    LineLostFrame,
    ListeningFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    LLMUsageMetricsData,
    Message,
    MessageTakenFrame,
    MessageWaitsFrame,
    NoInputFrame,
    NoMatchFrame,
    ProcessingMetricsData,
    RecordingAnnouncedFrame,
    RecordingPausedFrame,
    RecordingResumedFrame,
    ResumeFrame,
    StartFrame,
    TakeMessageFrame,
    TakeOverFrame,
    TimerFrame,
    TransferFailedFrame,
    TransferFrame,
    TTFBMetricsData,
    UserStartedSpeakingFrame,
    WantedMessage,
)
from appliance.pipeline import FrameDirection, FrameProcessor

log = logging.getLogger(__name__)

_BESIDES = (TurnKind.RESUMED, TurnKind.NOT_TAKEN, TurnKind.ENGINE_FAILED)
"""Turns that have to be answered even if there is something better to say."""


class OpenCall(NamedTuple):
    """The function call whose result is waited for."""

    name: str
    tool_call_id: str
    limit: asyncio.TimerHandle


class DialogueProcessor(FrameProcessor):
    """Turns in, replies out: text downstream, expectations upstream, function calls announced while they run.

    A function that a client executes outlives the reply that called it, and so does one that goes on when the caller
    interrupts. Its result is the next thing the caller hears: at once, or when the caller has finished speaking, or
    when the line is back.
    """

    handles = (
        StartFrame,
        LineBackFrame,
        LLMContextFrame,
        NoMatchFrame,
        NoInputFrame,
        ResumeFrame,
        EngineFailedFrame,
        FunctionCallResultFrame,
        MessageTakenFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        TimerFrame,
        UserStartedSpeakingFrame,
        LineLostFrame,
        TakeOverFrame,
        HandBackFrame,
        EndFrame,
        TransferFrame,
        CancelFrame,
    )

    def __init__(
        self,
        engine: Dialogue,
        context: LLMContext,
        functions: Functions,
        give_up: Callable[[str], bool] = lambda tool_call_id: True,
        *,
        fallback_to: str | None = None,
        announcement: Callable[[], str | None] = lambda: None,
    ) -> None:
        """``give_up`` is asked when a call's time is up: False if its result has been taken and is on its way.

        ``fallback_to`` takes the call when the engine does not know how to go on. ``announcement`` is what every reply
        begins with until it has been heard: that the call is recorded; then None.
        """
        super().__init__(name="Dialogue")
        self._engine = engine
        self._context = context
        self._calling = Calling(self, functions, self._came_late)
        self._give_up = give_up
        self._fallback_to = fallback_to
        self._ended = False
        self._open: OpenCall | None = None
        self._due: list[Turn] = []
        """The ends of function calls that the engine has not been told of."""
        self._holds = False
        """Whether the caller speaks or is away, so that nothing is begun."""
        self._taken_over = False
        """Whether a person speaks to the caller in the bot's place, so that nothing is answered either."""
        self._announcement = announcement
        self._message: WantedMessage | None = None
        """What the caller is leaving, so that nothing is answered."""
        self._not_announced = False
        """Whether the caller has spoken before it was announced: that is done once more, after a cough or a turn."""
        self._answered: Message | None = None
        """The caller's last message that the engine has been given."""
        self._serves = Serves(None)
        self._speaks = asyncio.Lock()
        """One reply at a time."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers what asks for an answer; passes the rest on."""
        match frame:
            case StartFrame():
                await self.push_frame(frame, direction)
                self._answer(Turn(TurnKind.GREETING, self._context))
            case TransferFailedFrame():
                self._ended = False
                await self.push_frame(frame, direction)
                self._answer(Turn(TurnKind.NOT_TAKEN, self._context, frame.result))
            case LineBackFrame():
                await self.push_frame(frame, direction)
                await self.supersede()
                self._answer(Turn(TurnKind.RESUMED, self._context))
            case LLMContextFrame():
                await self.push_frame(frame, direction)
                self._answer(self._turn_of(frame), frame.audio_response)
            case NoMatchFrame():
                self._answer(Turn(TurnKind.NO_MATCH, self._context))
            case NoInputFrame():
                self._answer(Turn(TurnKind.NO_INPUT, self._context))
            case ResumeFrame():
                await self._resume(frame.cut)
            case EngineFailedFrame():
                await self.supersede()
                self._answer(Turn(TurnKind.ENGINE_FAILED, self._context, frame.engine))
            case _:
                await self._follow(frame, direction)

    async def _follow(self, frame: Frame, direction: FrameDirection) -> None:
        """What happens to the function call that is waited for, and whether the caller can be told of it."""
        call = self._open
        match frame:
            case TimerFrame():
                if call is not None and frame.purpose == call.tool_call_id and self._give_up(call.tool_call_id):
                    await self._drop_call()
                    self._call_ended(Turn(TurnKind.NO_RESULT, self._context))
                return
            case BotStartedSpeakingFrame():
                self._calling.silence.ends()
            case BotStoppedSpeakingFrame():
                self._calling.silence.begins()
            case UserStartedSpeakingFrame() | LineLostFrame():
                self._holds = True
            case TakeOverFrame():
                self._taken_over = True
                await self.supersede()
                await self.push_frame(ExpectedAnswersFrame(None), FrameDirection.UPSTREAM)
            case HandBackFrame():
                await self._handed_back()
            case EndFrame() | TransferFrame() | CancelFrame():
                self._ended = True
                await self._give_up_calls()
        await self.push_frame(frame, direction)
        if isinstance(frame, MessageTakenFrame) and frame.ended_by == NOT_ANNOUNCED:
            self._not_announced = True
        elif isinstance(frame, MessageTakenFrame):
            self._message = None
            self._call_ended(Turn(TurnKind.MESSAGE, self._context, frame.ended_by, frame.result))
        elif (
            isinstance(frame, FunctionCallResultFrame) and call is not None and frame.tool_call_id == call.tool_call_id
        ):
            call.limit.cancel()
            self._open = None
            self._call_ended(Turn(TurnKind.RESULT, self._context, result=frame.result, call_id=frame.tool_call_id))

    async def _handed_back(self) -> None:
        """The bot goes on where it was, unless there is a caller to be heard out first."""
        self._taken_over = False
        await self.supersede()
        if not self._holds:
            self._answer(Turn(TurnKind.CONTINUE, self._context))

    def _came_late(self, call: CallFunction, result: Any) -> None:
        """A function whose reply is gone has come to an end."""
        if not self._ended:
            self._call_ended(Turn(TurnKind.RESULT, self._context, result=result, call_id=call.id))

    def _call_ended(self, turn: Turn) -> None:
        self._due.append(turn)
        if not (self._holds or self._taken_over):
            self._begin(turn)

    async def _drop_call(self) -> None:
        """Nobody waits for the result any more."""
        if (call := self._open) is not None:
            self._open = None
            call.limit.cancel()
            await self.push_frame(FunctionCallCancelFrame(call.name, call.tool_call_id))

    async def _give_up_calls(self) -> None:
        await self._drop_call()
        await self._calling.give_up()

    def _answer(self, turn: Turn, audio_response: bool = True) -> None:
        """Where a result is due, the caller only filled the time until it came."""
        self._holds = False
        if self._taken_over or (self._message and not self._not_announced and turn.kind not in _BESIDES):
            return
        if self._not_announced:
            self._message, self._not_announced = None, False
            self._due.append(Turn(TurnKind.MESSAGE, self._context, NOT_ANNOUNCED))
        if not self._due or turn.kind in _BESIDES:
            self._begin(turn, audio_response)
        self._begin_due()

    def _begin_due(self) -> None:
        for turn in self._due:
            self._begin(turn)

    def _begin(self, turn: Turn, audio_response: bool = True) -> None:
        if not self._ended:
            self.create_task(self._reply(turn, self.inbox.replies.begin(), audio_response), reply=True)

    async def _resume(self, cut: CutReplyFrame) -> None:
        """The caller had said nothing: the rest is said; one who was not finished, or speaks himself, is to go on."""
        if not cut.is_whole or any(one.voiced is not None for one in cut.unheard):
            self._answer(Turn(TurnKind.CONTINUE, self._context))
            return
        self._holds = False
        if not (self._ended or self._taken_over):
            if self._message:
                self._not_announced = False
                await self.push_frame(MessageWaitsFrame())
            self.create_task(self._say_rest(cut.unheard, self.inbox.replies.begin()), reply=True)
            self._begin_due()

    async def _say_rest(self, sentences: Sequence[AggregatedTextFrame], number: int) -> None:
        async with self._speaks:
            await self.push_frame(LLMFullResponseStartFrame(reply=number))
            for one in sentences:
                await self.push_frame(LLMTextFrame(f"{one.text} ", recording=one.recording, reply=number))
            if self._announcement():
                await self.push_frame(RecordingAnnouncedFrame(reply=number))
            if self._message:
                await self.push_frame(TakeMessageFrame(self._message))
            await self.push_frame(LLMFullResponseEndFrame(reply=number))

    def _turn_of(self, frame: LLMContextFrame) -> Turn:
        """What the caller's last message is to the engine; without a new one it is to go on by itself."""
        if frame.keys is not None:
            return Turn(TurnKind.KEYS, frame.context, frame.keys)
        last = frame.context.messages[-1] if frame.context.messages else {}
        if last.get("role") != "user" or last is self._answered:
            return Turn(TurnKind.CONTINUE, frame.context)
        self._answered = last
        content = last.get("content") or ""
        if isinstance(content, list):
            content = " ".join(part.get("text", "") for part in content)
        return Turn(TurnKind.SPEECH, frame.context, content)

    async def task_failed(self, error: str) -> None:
        """A reply that broke is no answer: the engine is told, as of any other engine that failed."""
        await self.push_error(error, engine="dialogue")
        self.inbox.put(self, EngineFailedFrame("dialogue", error), FrameDirection.DOWNSTREAM)

    async def _reply(self, turn: Turn, number: int, audio_response: bool) -> None:
        async with self._speaks:
            if self._ended:
                return
            await self.push_frame(LLMFullResponseStartFrame(audio_response, reply=number))
            if audio_response:
                await self._announce(number)
            end: End | PassOn | None = None
            try:
                end = await self._run(turn, number)
            except EngineError as error:
                await self._report(str(error))
                end = End("engine failed", self._fallback_to, apology=True)
            await self.push_frame(LLMFullResponseEndFrame(reply=number))
            if end is not None:
                self._ended = True
                await self._give_up_calls()
                await self.push_frame(_last(end))

    async def _announce(self, number: int) -> None:
        """A caller who has not heard to the end that the call is recorded is told so before anything else."""
        if text := self._announcement():
            recording, words = recording_of(text)
            await self.push_frame(LLMTextFrame(f"{words} ", recording=recording, reply=number))
            await self.push_frame(RecordingAnnouncedFrame(reply=number))

    async def _run(self, turn: Turn, number: int) -> End | PassOn | None:
        """Drives the engine through one reply; returns how the call is to end, if it is."""
        began = time.monotonic()
        first, self._serves = True, Serves(None)
        self._due = [due for due in self._due if due is not turn]
        async with contextlib.aclosing(self._engine.reply(turn)) as outputs:
            result: Any = None
            while True:
                try:
                    output = await outputs.asend(result)
                except StopAsyncIteration:
                    break
                if isinstance(output, End | PassOn):
                    return output
                if first and isinstance(output, Say):
                    first = False
                    await self._measure(TTFBMetricsData, began)
                result = await self._perform(output, number)
        await self._measure(ProcessingMetricsData, began)
        return None

    async def _measure(self, kind: type[TTFBMetricsData] | type[ProcessingMetricsData], began: float) -> None:
        serves = self._serves
        await self.push_metrics(kind(self.name, serves.model, value=time.monotonic() - began, engine=serves.engine))

    async def _perform(self, output: Output, number: int) -> Any:
        match output:
            case Say():
                text = LLMTextFrame(output.text, recording=output.recording, voiced=output.voiced, reply=number)
                await self.push_frame(text)
            case Listen():
                await self.push_frame(ListeningFrame(output.ear), FrameDirection.UPSTREAM)
            case Expect():
                await self.push_frame(ExpectedAnswersFrame(output.expectation), FrameDirection.UPSTREAM)
            case SetRecording():
                await self.push_frame(RecordingPausedFrame() if output.paused else RecordingResumedFrame())
            case TakeMessage():
                self._message = output.wanted
                await self.push_frame(TakeMessageFrame(output.wanted))
            case CallFunction():
                return await self._call(output, number)
            case CallFunctions():
                return await self._calling.run(output.calls, number)
            case Used():
                await self.push_metrics(self._usage(output))
            case Serves():
                self._serves = output
            case Failed(gave_up=str()):
                await self.push_error(output.error, engine="dialogue", gave_up=output.gave_up)
            case Failed():
                await self._report(output.error)
        return None

    async def _report(self, error: str) -> None:
        log.error("%s", error, extra={"call_id": self.inbox.call_id})
        await self.push_error(error, engine="dialogue")

    def _usage(self, used: Used) -> LLMUsageMetricsData:
        total = used.prompt_tokens + used.completion_tokens
        counts = (used.prompt_tokens, used.completion_tokens, total)
        return LLMUsageMetricsData(self.name, used.model, *counts, engine=self._serves.engine)

    async def _call(self, call: CallFunction, number: int) -> Any:
        if call.wait_secs is None:
            return (await self._calling.run([call], number))[0]
        limit = self.inbox.later(call.wait_secs, self, TimerFrame(call.id))
        self._open = OpenCall(call.name, call.id, limit)
        await self._calling.announce([call])
        await self.push_frame(FunctionCallInProgressFrame(call.name, call.id, call.arguments, by_client=True))
        return None


def _last(end: End | PassOn) -> Frame:
    """What follows the bot's last word."""
    if isinstance(end, PassOn):
        return TransferFrame(end.transfer, end.reason)
    return EndFrame(end.reason, end.transfer_to, end.apology)
