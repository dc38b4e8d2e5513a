"""Time, as something that can be handed over: the real clock, and one that a test moves by hand."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

Clock = Callable[[], float]
"""Seconds that only ever grow; differences mean something, the value itself does not."""

monotonic: Clock = time.monotonic


class WallClock(Protocol):
    """Seconds since the epoch, UTC."""

    def __call__(self) -> float: ...


wall: WallClock = time.time


def iso(at: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: float = 0.0) -> None:
        self.now = start

    def __call__(self) -> float:
        return self.now

    def advance(self, secs: float) -> None:
        """Moves the clock ``secs`` seconds on."""
        self.now += secs
