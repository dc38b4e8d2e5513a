"""What is recorded of a call, put together: the call itself, and the messages that its caller leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.call.keeping import Keeper
from appliance.call.message_taker import MessageTaker
from appliance.call.recording import CallRecording
from appliance.call.transports import CarrierTransport
from appliance.clock import WallClock, wall
from appliance.dialplan import Dialplan, MessageStep, fill
from appliance.pipeline import FrameProcessor


class CallSound:
    """``processors`` stand behind the output; ``update`` is told whether anything is being recorded."""

    def __init__(
        self,
        plan: Dialplan,
        transport: CarrierTransport,
        keeper: Keeper | None,
        about: dict[str, Any],
        update: Callable[..., None],
        clock: WallClock = wall,
    ) -> None:
        self.processors: list[FrameProcessor] = []
        self._update = update
        self._recorded: set[str] = set()
        self._announcement = fill(plan.recording.announce, {**plan.variables, **about}) if plan.recording else ""
        self._taker: MessageTaker | None = None
        self._recording: CallRecording | None = None
        about = {**about, "language": plan.language}
        if any(isinstance(step, MessageStep) for step in plan.steps.values()):
            self._taker = MessageTaker(transport, keeper, about, self._teller("message"), clock)
            self.processors.append(self._taker)
        if plan.recording and keeper is not None:
            self._recording = CallRecording(
                transport,
                keeper,
                about,
                self._teller("call"),
                announced=not self._announcement,
                stereo=plan.recording.stereo,
                wall_clock=clock,
            )
            self.processors.append(self._recording)

    def announcement(self) -> str | None:
        """What has to be said before the call is recorded; None once it has been heard."""
        return self._announcement if self._recording is not None and self._recording.is_due else None

    def stop(self) -> None:
        """The call is over; what was recorded is kept."""
        for part in (self._taker, self._recording):
            if part is not None:
                part.stop()

    def _teller(self, what: str) -> Callable[[bool], None]:
        def tell(on: bool) -> None:
            before = bool(self._recorded)
            self._recorded = self._recorded | {what} if on else self._recorded - {what}
            if bool(self._recorded) != before:
                self._update(recording=not before)

        return tell
