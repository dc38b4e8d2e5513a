"""A supervisor speaks to the caller in the bot's place: one at a time, and never for longer than connected."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.call.microphone import Microphone
from appliance.call.wiring import CallPipeline
from appliance.errors import RequestError
from appliance.frames import HandBackFrame, InterruptionFrame, TakeOverFrame
from appliance.rtvi.viewer import Viewer

log = logging.getLogger(__name__)


class TakeOver:
    """Takes the call from the bot and gives it back; ``tell`` learns who has it, by name, or None."""

    def __init__(self, pipeline: CallPipeline, tell: Callable[[str | None], None]) -> None:
        self._task = pipeline.task
        self._microphones = pipeline.task.rtvi.microphones
        self._microphone = Microphone(pipeline.transport.output())
        self._tell = tell

    @property
    def holder(self) -> Viewer | None:
        """Who speaks in the bot's place."""
        return self._microphones.holder

    def take(self, viewer: Viewer) -> None:
        """The bot falls silent, and this viewer's microphone is heard. Raises RequestError where another's is."""
        if self.holder is not None and self.holder.id != viewer.id:
            raise RequestError(f"{self.holder.name} has already taken the call over")
        if self.holder is None:
            self._task.post_frame(InterruptionFrame())
            self._task.post_frame(TakeOverFrame(viewer.name))
            self._microphones.give(viewer, self._microphone.hear, self._hand_back)
            self._tell(viewer.name)

    def give_back(self, viewer: Viewer) -> None:
        """The bot goes on. Raises RequestError if it is not this viewer who has the call."""
        if self.holder is None:
            raise RequestError("nobody has taken the call over")
        if self.holder.id != viewer.id:
            raise RequestError(f"{self.holder.name} has taken the call over, and nobody else can hand it back")
        self._hand_back()

    def _hand_back(self) -> None:
        if self._microphone.dropped_secs:
            log.info(
                "a supervisor's microphone was faster than the line: %.1f s were dropped",
                self._microphone.dropped_secs,
                extra={"call_id": self._task.inbox.call_id},
            )
        self._microphones.take_back()
        self._microphone.stop()
        self._task.post_frame(HandBackFrame())
        self._tell(None)
