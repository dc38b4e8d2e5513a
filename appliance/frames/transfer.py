"""Frames of a caller who is handed over to a person, and perhaps comes back."""

from dataclasses import dataclass

from appliance.dialplan.transfer import Transfer
from appliance.frames.control import LineBackFrame
from appliance.frames.frame import ControlFrame, UninterruptibleFrame


@dataclass(slots=True)
class TransferFrame(ControlFrame, UninterruptibleFrame):
    """The caller is to be handed over once all that was said before has been heard.

    Unlike an EndFrame it ends nothing: the pipeline waits, because the caller comes back when nobody takes the call.
    """

    transfer: Transfer
    reason: str = "transferred"
    by: str | None = None
    """The name of the supervisor who wants it."""


@dataclass(slots=True)
class TransferFailedFrame(LineBackFrame):
    """Nobody took the call, and the caller is back on the line; ``result`` says why, such as ``no-answer``."""

    result: str = "failed"
