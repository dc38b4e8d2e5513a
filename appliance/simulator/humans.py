"""The people whom a call is passed on to: what becomes of it when their telephone rings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Human:
    """How somebody takes a call."""

    explanation: str
    status: str
    """What the carrier calls it afterwards, of a telephone that rings."""
    queue_result: str
    """The same of a queue that they look after; nothing when they leave callers waiting."""
    picks_up: bool = False
    talks: bool = False
    key: str = ""
    """What they press when they are asked whether they take a call."""


HUMANS = {
    "answers": Human("takes the call and talks", "completed", "bridged", picks_up=True, talks=True, key="1"),
    "declines": Human("hears what it is about and presses 2; a telephone is busy then", "busy", "", True, key="2"),
    "hangs-up": Human("picks up, and hangs up at once", "completed", "bridged", picks_up=True),
    "busy": Human("is on the telephone; a queue is full", "busy", "queue-full"),
    "no-answer": Human("does not hear it; a queue is waited in", "no-answer", ""),
    "failed": Human("cannot be reached", "failed", "system-error"),
}
"""Whom a call may meet, by name."""
