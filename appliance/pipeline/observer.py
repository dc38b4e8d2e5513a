"""Observers see every push of the frame types they ask for, and change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.frames import Frame
from appliance.pipeline.direction import FrameDirection

if TYPE_CHECKING:
    from appliance.pipeline.processor import FrameProcessor


@dataclass(slots=True)
class FramePushed:
    """A frame on its way from one processor to the next that handles it. ``timestamp`` is in ns, monotonic."""

    source: FrameProcessor
    destination: FrameProcessor
    frame: Frame
    direction: FrameDirection
    timestamp: int


class BaseObserver:
    """Asked once which frame types it wants (subclasses count); called for no other.

    ``active`` is asked at each push: while it is false nobody looks, and work done only for looks is saved.
    """

    frame_types: tuple[type[Frame], ...] = (Frame,)

    @property
    def active(self) -> bool:
        """Whether anybody looks at what this observer sees."""
        return True

    async def on_push_frame(self, data: FramePushed) -> None:
        """Sees a frame; must return at once."""
