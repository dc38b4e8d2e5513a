"""Whether a call is about to end: then nothing can be begun with it any more."""

from __future__ import annotations

from appliance.frames import CancelFrame, EndFrame, TransferFailedFrame, TransferFrame
from appliance.pipeline import BaseObserver, FramePushed


class EndWatch(BaseObserver):
    """Sees the end on its way, which takes as long as what the bot says before it. A transfer may come to nothing."""

    frame_types = (EndFrame, TransferFrame, TransferFailedFrame, CancelFrame)

    def __init__(self) -> None:
        self.is_ending = False

    async def on_push_frame(self, data: FramePushed) -> None:
        """Whoever has pushed it: the dialogue, a supervisor, the call's time limit."""
        self.is_ending = not isinstance(data.frame, TransferFailedFrame)
