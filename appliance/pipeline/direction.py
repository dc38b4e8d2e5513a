"""The two ways through a pipeline."""

from enum import Enum


class FrameDirection(Enum):
    """Downstream runs from the caller's line to the caller's ear, upstream the other way."""

    DOWNSTREAM = 1
    UPSTREAM = 2
