"""What a ``server-message`` of the appliance's own looks like, as ``docs/rtvi.md`` has it; tests hold both to it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from appliance.supervision.calls import WaitsFor, Who


class Shape(BaseModel):
    """An object with these keys and no others; those with a default may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class LastWords(Shape):
    """The first 200 characters of what was said or keyed last."""

    who: Who | Literal["supervisor"]
    text: str


class Waits(Shape):
    """What a call waits for."""

    for_: Annotated[WaitsFor, Field(alias="for")]
    since: str


class CallSummary(Shape):
    """A call in one entry of a list. Times are ISO 8601, UTC."""

    call_id: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    dialplan: str
    started_at: str
    state: Literal["live", "line lost", "transferring", "ended"]
    speaking: Who | None
    muted: bool
    recording: bool
    taken_over_by: str | None
    waits: Waits | None
    transferring_to: str | None = None
    dialplan_version: str | None = None
    latency_ms: int | None = None
    last_words: LastWords | None = None


class Said(Shape):
    """Something that was said, or typed on the telephone's keys; ``by`` a supervisor in the caller's place.

    ``heard`` is what the caller heard of it so far.
    """

    role: Literal["user", "assistant"]
    text: str
    timestamp: str
    keys: Literal[True] | None = None
    by: str | None = None
    segment_id: int | None = None
    spoken_status: Literal["new", "in-progress", "completed"] | None = None
    heard: str | None = None
    interrupted: Literal[True] | None = None


class OpenFunction(Shape):
    """A function call that runs, as far as dialplan and role allow."""

    tool_call_id: str
    function_name: str | None = None
    arguments: dict[str, Any] | None = None


class CallSnapshot(Shape):
    """The whole picture of a call: comes first on its socket, and after an absence that was too long to be replayed."""

    type: Literal["snapshot"]
    call: CallSummary
    conversation: list[Said]
    functions: list[OpenFunction]


class HouseSnapshot(Shape):
    """The same of the house: its live calls, oldest first."""

    type: Literal["snapshot"]
    calls: list[CallSummary]


class CallStarted(Shape):
    """A call has come (house)."""

    type: Literal["call-started"]
    call: CallSummary


class CallUpdated(Shape):
    """A call has changed: for the house anything of this, on a call's own socket state, recording or who speaks
    for the bot."""

    type: Literal["call-updated"]
    call: CallSummary


class CallEnded(Shape):
    """A call is over; its own socket is closed with 1000 a few seconds later."""

    type: Literal["call-ended"]
    call_id: str
    outcome: str
    reason: str | None = None
    duration_secs: float | None = None


class CallEvent(Shape):
    """A message of a call that was subscribed to, with the call's own ``seq`` (house)."""

    type: Literal["call-event"]
    call_id: str
    event: dict[str, Any]


class EventsDropped(Shape):
    """This viewer was too slow and has lost so many events of each type."""

    type: Literal["events-dropped"]
    counts: dict[str, int]


class SaidForCaller(Shape):
    """A supervisor has said or keyed something in the caller's place."""

    type: Literal["said-for-caller"]
    by: str
    text: str
    keys: Literal[True] | None = None


class CallerAudio(Shape):
    """A piece of what the caller's line carries (16-bit PCM, base64), for viewers that asked to hear it."""

    type: Literal["caller-audio"]
    audio: str
    sample_rate: int
    num_channels: int


class SupervisorActed(Shape):
    """Another viewer of the call did something, or was refused. ``at`` is ISO 8601, UTC."""

    type: Literal["supervisor-acted"]
    who: str
    role: str
    what: str
    outcome: str
    at: str


SHAPES: tuple[type[Shape], ...] = (
    CallSnapshot,
    HouseSnapshot,
    CallStarted,
    CallUpdated,
    CallEnded,
    CallEvent,
    EventsDropped,
    SaidForCaller,
    CallerAudio,
    SupervisorActed,
)
"""All of them."""


def type_of(shape: type[Shape]) -> str:
    """The ``type`` in its data."""
    (kind,) = shape.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    return str(kind)
