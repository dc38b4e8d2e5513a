"""What the house is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something about one call."""

    name: ClassVar[str]

    call_id: str
    """The carrier's id of the call."""

    at: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class CallStarted(CallEvent):
    """A call is answered."""

    name: ClassVar[str] = "call.started"

    dialplan: str
    carrier: str
    caller: str = ""
    """E.164 text, or what the carrier gives instead; personal data."""

    called: str = ""


@dataclass(frozen=True, slots=True)
class CallUpdated(CallEvent):
    """Something about a live call changed; ``changes`` says what."""

    name: ClassVar[str] = "call.updated"

    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """A call is over."""

    name: ClassVar[str] = "call.ended"

    outcome: str
    reason: str = ""
    duration_secs: float = 0.0
