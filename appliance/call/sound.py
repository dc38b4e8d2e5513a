"""What is recorded of a call, put together: the messages that its caller leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.call.keeping import Keeper
from appliance.call.message_taker import MessageTaker
from appliance.call.transports import CarrierTransport
from appliance.clock import WallClock, wall
from appliance.dialplan import Dialplan, MessageStep
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
        self._taker: MessageTaker | None = None
        if any(isinstance(step, MessageStep) for step in plan.steps.values()):
            about = {**about, "language": plan.language}
            self._taker = MessageTaker(transport, keeper, about, lambda on: update(recording=on), clock)
            self.processors.append(self._taker)

    def stop(self) -> None:
        """The call is over; what was recorded is kept."""
        if self._taker is not None:
            self._taker.stop()
