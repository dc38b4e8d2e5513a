"""Frames of a message that the caller leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.frames.frame import ControlFrame, SystemFrame, UninterruptibleFrame


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """How a message is taken, and who is told of it."""

    say: str = ""
    """What the caller is told before."""
    beep: bool = True
    max_secs: float = 120
    silence_secs: float = 4
    """So much silence ends it."""
    min_secs: float = 0.5
    """Less speech than this is no message."""
    end_key: str | None = "#"
    transcript: bool = False
    notify: tuple[str, ...] = ()
    """Addresses of mail and of web servers."""


@dataclass(slots=True)
class TakeMessageFrame(ControlFrame, UninterruptibleFrame):
    """The caller's message is to be recorded once all that was said before has been heard, or was cut off."""

    wanted: WantedMessage


@dataclass(slots=True)
class MessageWaitsFrame(SystemFrame):
    """What cut the announcement off was no speech: the message begins once more, with another TakeMessageFrame."""


@dataclass(slots=True)
class MessageTakenFrame(ControlFrame, UninterruptibleFrame):
    """Upstream: the message is over. ``ended_by`` is a word: ``silence``, ``key``, ``longest``, ``line lost``, ...;
    ``failed`` where it could not be recorded. ``result`` is what is known of it, None where there is none to keep.
    """

    ended_by: str
    result: Mapping[str, Any] | None = None


FAILED, LINE_LOST, TAKEN_OVER, NOT_ANNOUNCED = "failed", "line lost", "taken over", "not announced"
