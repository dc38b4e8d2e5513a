"""Records as the rest of the house knows them. Times are seconds since the epoch, UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Who = Literal["caller", "bot", "function", "supervisor"]
"""A ``supervisor`` said or keyed something in the caller's place, or wrote to the dialogue."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as far as it is known: put it again when more is, the last one counts."""

    call_id: str
    """The carrier's id of the call."""

    carrier: str
    caller: str
    called: str
    dialplan: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    outcome: str | None = None
    """How it ended in a word: completed, transferred, abandoned, failed, ..."""

    end_reason: str | None = None
    duration_secs: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dialplan_file: str | None = None
    """Where the dialplan was, beneath the directory of dialplans."""

    dialplan_version: str | None = None
    """What it was like: changes with whatever it says."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One thing that was said or done in a call."""

    call_id: str
    index: int
    """Its place in the call, counted from 0."""

    who: Who
    text: str
    """What was said; a function's name."""

    started_at: float
    heard: str | None = None
    """How much of the bot's text the caller really heard, when that is less than all of it."""

    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeedRecord:
    """One thing that a supervisor did in a call, or was refused: what was done, and nothing of what was said."""

    call_id: str
    index: int
    """Its place among the call's deeds, counted from 0."""

    at: float
    who: str
    """The name of the supervisor's token."""

    role: str
    what: str
    """Such as ``send-text`` or ``action call:transfer``."""

    outcome: str
    """``done``, or why not."""


@dataclass(frozen=True, slots=True)
class SoundRecord:
    """Sound of a call that is kept: a message that its caller left, or the whole call."""

    call_id: str
    name: str
    """``message-1`` and so on; ``recording`` for the whole call."""

    started_at: float
    secs: float
    ended_by: str
    """What a message ended with: silence, key, longest, hang-up, ..."""

    transcript: str | None = None
    """What was said in it, as far as an engine has understood it."""


Record = CallRecord | TurnRecord | DeedRecord | SoundRecord
