"""Writes a call's record: what the caller said, what was heard of the bot, which functions were called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.clock import WallClock, wall
from appliance.frames import (
    AggregatedTextFrame,
    AssistantMessageFrame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
    TTSTextFrame,
    text_of,
)
from appliance.pipeline import BaseObserver, FramePushed, SeenFrames
from appliance.records import TurnRecord
from appliance.records.record import Who

Put = Callable[[TurnRecord], None]


class Recorder(BaseObserver):
    """Sees what was said and puts it into the records."""

    frame_types = (
        TranscriptionFrame,
        LLMContextFrame,
        LLMMessagesAppendFrame,
        AggregatedTextFrame,
        AssistantMessageFrame,
        FunctionCallInProgressFrame,
        FunctionCallResultFrame,
        FunctionCallCancelFrame,
        InterruptionFrame,
    )

    def __init__(self, call_id: str, put: Put, *, clock: WallClock = wall) -> None:
        self._call_id = call_id
        self._put = put
        self._clock = clock
        self._index = 0
        self._seen = SeenFrames()
        self._bot_began: float | None = None
        self._meant: list[str] = []
        self._cut_short = False
        self._running: dict[str, Mapping[str, Any]] = {}
        """The arguments of the function calls that run."""

    async def on_push_frame(self, data: FramePushed) -> None:
        """Turns what matters into a turn of the record, once each."""
        frame = data.frame
        if _is_still_to_be_played(data) or not self._seen.is_new(frame):
            return
        if self._cut_short and not isinstance(frame, AssistantMessageFrame):
            self._bot_was_not_heard()
        self._cut_short = isinstance(frame, InterruptionFrame) and bool(self._meant)
        match frame:
            case TTSTextFrame():
                pass
            case AggregatedTextFrame():
                self._bot_speaks(frame)
            case TranscriptionFrame():
                self._turn("caller", frame.text)
            case LLMContextFrame(keys=str(keys), by=None):
                self._turn("caller", keys, keys=True)
            case LLMContextFrame(keys=str(keys)):
                self._turn("supervisor", keys, keys=True, by=frame.by)
            case LLMMessagesAppendFrame(by=str()):
                self._written(frame)
            case AssistantMessageFrame():
                self._bot_said(frame)
            case FunctionCallInProgressFrame():
                self._running[frame.tool_call_id] = dict(frame.arguments)
            case FunctionCallResultFrame():
                self._running.pop(frame.tool_call_id, None)
                by: dict[str, Any] = {} if frame.by is None else {"by": frame.by}
                self._turn("function", frame.function_name, arguments=dict(frame.arguments), result=frame.result, **by)
            case FunctionCallCancelFrame(tool_call_id=call) if call in self._running:
                self._turn("function", frame.function_name, arguments=self._running.pop(call), cancelled=True)

    def _written(self, frame: LLMMessagesAppendFrame) -> None:
        """What a supervisor wrote: as the caller (role ``user``), or to the dialogue."""
        for message in frame.messages:
            self._turn("supervisor", text_of(message), by=frame.by, role=message.get("role"))

    def _bot_speaks(self, frame: AggregatedTextFrame) -> None:
        self._bot_began = self._bot_began or self._clock()
        self._meant.append(frame.text)

    def _bot_was_not_heard(self) -> None:
        """The context says nothing of a reply that was cut short before its first word was heard."""
        meant, began = self._take_meant()
        self._turn("bot", meant, at=began, heard="")

    def _take_meant(self) -> tuple[str, float | None]:
        meant, began = " ".join(self._meant), self._bot_began
        self._meant.clear()
        self._bot_began = None
        return meant, began

    def _bot_said(self, frame: AssistantMessageFrame) -> None:
        meant, began = self._take_meant()
        heard = frame.text if frame.interrupted and frame.text != meant else None
        self._turn("bot", meant or frame.text, at=began, heard=heard)

    def _turn(
        self, who: Who, text: str, *, at: float | None = None, heard: str | None = None, **details: object
    ) -> None:
        record = TurnRecord(self._call_id, self._index, who, text, at or self._clock(), heard, details)
        self._index += 1
        self._put(record)


def _is_still_to_be_played(data: FramePushed) -> bool:
    """A sentence counts when the output passes it on, as it begins to be heard; so does what cuts it short."""
    return isinstance(data.frame, AggregatedTextFrame | InterruptionFrame) and not getattr(
        data.source, "plays_audio", False
    )
