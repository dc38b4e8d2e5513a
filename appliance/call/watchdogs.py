"""What must not happen to a caller: to wait in silence for an answer, or to be kept for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    HandBackFrame,
    InputDTMFFrame,
    LineBackFrame,
    LineLostFrame,
    LLMFullResponseStartFrame,
    MessageTakenFrame,
    NoInputFrame,
    StartFrame,
    TakeMessageFrame,
    TakeOverFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FramePushed

log = logging.getLogger(__name__)


class DeadAirWatchdog(BaseObserver):
    """Calls ``on_dead_air`` when an answer is due and the caller hears nothing."""

    frame_types = (
        StartFrame,
        UserStoppedSpeakingFrame,
        InputDTMFFrame,
        NoInputFrame,
        LineBackFrame,
        UserStartedSpeakingFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        LineLostFrame,
        TakeMessageFrame,
        MessageTakenFrame,
        TakeOverFrame,
        HandBackFrame,
        FunctionCallInProgressFrame,
        FunctionCallResultFrame,
        FunctionCallCancelFrame,
        LLMFullResponseStartFrame,
        EndFrame,
        CancelFrame,
    )
    _due = (
        StartFrame,
        UserStoppedSpeakingFrame,
        InputDTMFFrame,
        NoInputFrame,
        LineBackFrame,
        MessageTakenFrame,
        HandBackFrame,
    )

    _goes_on = (BotStoppedSpeakingFrame, FunctionCallResultFrame)
    """After these something is due as long as the reply is not over."""

    def __init__(self, on_dead_air: Callable[[], None], *, secs: float, call_id: str) -> None:
        self._on_dead_air = on_dead_air
        self._secs = secs
        self._call_id = call_id
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0
        self._resting: set[str] = set()
        """Why nobody waits for the bot now: the line is lost, a person speaks in its place, functions run, which have
        time limits and fillers of their own.
        """

        self._ended: set[str] = set()
        """Functions whose end has overtaken their beginning somewhere."""

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follows who is to speak."""
        frame = data.frame
        self._rest(frame)
        if frame.id <= self._last or (isinstance(frame, LLMFullResponseStartFrame) and frame.audio_response):
            return  # Seen before: frames are pushed from processor to processor, and newer ones overtake.
        self._last = frame.id
        self._disarm()
        thinks_on = isinstance(frame, self._goes_on) and data.source.inbox.replies.open
        if not (self._is_over or self._resting) and (thinks_on or isinstance(frame, self._due)):
            self._timer = asyncio.get_running_loop().call_later(self._secs, self._fire)

    def _rest(self, frame: Frame) -> None:
        """What makes the bot rest counts even when it was overtaken."""
        match frame:
            case LineLostFrame():
                self._resting.add("line")
            case LineBackFrame():
                self._resting.discard("line")
            case TakeOverFrame():
                self._resting.add("person")
            case HandBackFrame():
                self._resting.discard("person")
            case FunctionCallInProgressFrame(by_client=False):
                self._resting |= {frame.tool_call_id} - self._ended
            case FunctionCallResultFrame() | FunctionCallCancelFrame():
                self._ended.add(frame.tool_call_id)
                self._resting.discard(frame.tool_call_id)
            case TakeMessageFrame():
                self._resting.add("message")
            case MessageTakenFrame():
                self._resting.discard("message")
        if self._resting:
            self._disarm()

    def stop(self) -> None:
        """The call is over: nobody waits any more, whatever frames its end still brings."""
        self._is_over = True
        self._disarm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        log.error("a caller has waited %.0f s for an answer", self._secs, extra={"call_id": self._call_id})
        self._on_dead_air()
