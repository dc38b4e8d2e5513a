"""What the house knows of a live call: its facts and its conversation so far, as viewers are shown them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from appliance.rtvi import RTVIProcessor

Who = Literal["caller", "bot"]

MAX_LINES = 150
"""So much of a conversation is kept for those who come late."""

MAX_LINE_CHARACTERS = 1000
LAST_WORDS_CHARACTERS = 200


@dataclass(slots=True, frozen=True)
class CallView:
    """A call as it begins. ``started_at`` is in seconds since the epoch, UTC."""

    call_id: str
    from_number: str
    to_number: str
    dialplan: str
    started_at: float
    rtvi: "RTVIProcessor"


class Facts(TypedDict, total=False):
    """What may change in a call. ``latency_ms`` is from the end of the caller's last turn to the bot's first sound."""

    state: str
    speaking: Who | None
    muted: bool
    recording: bool
    latency_ms: float | None


_AT_FIRST = Facts(state="live", speaking=None, muted=False, recording=False)


@dataclass(slots=True)
class Line:
    """Something that was said, or typed on the telephone's keys. ``at`` is in seconds since the epoch, UTC.

    ``spoken`` is what has been heard of the bot's text so far; None for a text that is not spoken.
    """

    who: Who
    text: str
    at: float
    segment_id: int | None = None
    spoken: str | None = None
    interrupted: bool = False
    keys: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As it goes to viewers: absent values are left out."""
        values = {
            "who": self.who,
            "text": self.text,
            "at": iso(self.at),
            "segment_id": self.segment_id,
            "spoken": self.spoken,
            "interrupted": self.interrupted or None,
            "keys": self.keys or None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(slots=True)
class LiveCall:
    """A call from its start until the house forgets it."""

    view: CallView
    facts: dict[str, Any] = field(default_factory=lambda: dict(_AT_FIRST))
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    ended: dict[str, Any] | None = None

    def said(self, line: Line) -> None:
        """Adds to the conversation; what is longer than anybody reads is cut."""
        line.text = line.text[:MAX_LINE_CHARACTERS]
        self.lines.append(line)

    def summary(self) -> dict[str, Any]:
        """The call in one entry of a list."""
        view = self.view
        known = {
            "call_id": view.call_id,
            "from": view.from_number,
            "to": view.to_number,
            "dialplan": view.dialplan,
            "started_at": iso(view.started_at),
            **self.facts,
        }
        if self.lines:
            last = self.lines[-1]
            known["last_words"] = {"who": last.who, "text": last.text[:LAST_WORDS_CHARACTERS]}
        return known

    def snapshot(self) -> dict[str, Any]:
        """The whole picture, for a viewer that joins."""
        conversation = [line.as_dict() for line in self.lines]
        return {"type": "snapshot", "call": self.summary(), "conversation": conversation}


def iso(at: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
