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
    InputDTMFFrame,
    LineBackFrame,
    LineLostFrame,
    NoInputFrame,
    StartFrame,
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
        EndFrame,
        CancelFrame,
    )
    _due = (StartFrame, UserStoppedSpeakingFrame, InputDTMFFrame, NoInputFrame, LineBackFrame)

    def __init__(self, on_dead_air: Callable[[], None], *, secs: float, call_id: str) -> None:
        self._on_dead_air = on_dead_air
        self._secs = secs
        self._call_id = call_id
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follows who is to speak."""
        frame = data.frame
        if frame.id <= self._last:
            return  # Seen before: frames are pushed from processor to processor, and newer ones overtake.
        self._last = frame.id
        self._disarm()
        thinks_on = isinstance(frame, BotStoppedSpeakingFrame) and data.source.inbox.replies.open
        if not self._is_over and (thinks_on or isinstance(frame, self._due)):
            self._timer = asyncio.get_running_loop().call_later(self._secs, self._fire)

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
