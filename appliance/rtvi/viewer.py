"""Who watches a call, and what is sent to them."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import orjson
from pydantic import BaseModel

from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.rtvi.wire import message_frame

log = logging.getLogger(__name__)


class Sequence:
    """The running number of what a subject (a call, the house) sends: 1, 2, 3, ..."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0
        """The newest number; 0 before the first."""

    def next(self) -> int:
        """A new number."""
        self.last += 1
        return self.last


Sent = tuple[int, bytes, str, bool]
"""Of a message: its number, its bytes in one form, its type, and whether it may be dropped."""


@dataclass(slots=True)
class Outgoing:
    """One RTVI message the server sends, serialised at most once, in each form, for all who get it.

    ``message`` is ``{"label", "type", "id"?, "data"?}``, and its number at last. ``droppable`` ones (interim
    transcripts, word progress, metrics, audio levels) are the first to go when a viewer is too slow. ``seq`` is stamped
    by the subject.
    """

    type: str
    droppable: bool
    message: dict[str, Any]
    seq: int = 0
    private: bool = False
    """Whether it is meant for one viewer alone, so that it is never repeated to another."""
    once: bool = False
    """Whether it asks for something to be done now, so that it is not repeated to those who come back later."""
    binary: Callable[[int], bytes] | None = field(default=None, repr=False, compare=False)
    """Makes its binary form of its number, where that is something else than the JSON in a frame."""
    _sent: Sent | None = field(default=None, repr=False, compare=False)
    _sent_binary: Sent | None = field(default=None, repr=False, compare=False)

    @classmethod
    def sent_before(cls, sent: Sent) -> Self:
        """A message of which only the JSON is left."""
        seq, _, kind, droppable = sent
        return cls(kind, droppable, {}, seq, _sent=sent)

    def sent(self) -> Sent:
        """What is left of it on its way to viewers and in memory, with the JSON; never fails."""
        sent = self._sent
        if sent is None:
            self.message["seq"] = self.seq
            sent = self._sent = (self.seq, _to_json(self.message), self.type, self.droppable)
        return sent

    def sent_binary(self) -> Sent:
        """The same with one protobuf ``Frame``; never fails."""
        if self._sent_binary is None:
            payload = message_frame(self.encode()) if self.binary is None else self.binary(self.seq)
            self._sent_binary = (self.seq, payload, self.type, self.droppable)
        return self._sent_binary

    def encode(self) -> bytes:
        """The message as JSON, with its number at the top level."""
        return self.sent()[1]

    def encode_binary(self) -> bytes:
        """The message as one protobuf ``Frame``."""
        return self.sent_binary()[1]


class Viewer(Protocol):
    """Somebody who is connected to a call over RTVI."""

    @property
    def id(self) -> str:
        """Unique per connection."""

    @property
    def name(self) -> str:
        """The name of the token that was used, for the audit."""

    @property
    def role(self) -> str:
        """What the viewer's role is called, for refusals and the audit."""

    @property
    def report_ceiling(self) -> RTVIFunctionCallReportLevel:
        """The most that this viewer's role may see of function calls."""

    @property
    def sees_sensitive(self) -> bool:
        """Whether this viewer's role may see what the dialplan calls sensitive; others get it masked."""

    def may(self, message_type: str, what: str | None = None) -> bool:
        """Whether the viewer's role permits sending messages of this type.

        ``what`` says more of an ``action`` (``"service:action"``) and of an ``update-config`` (the service's name).
        """

    def send(self, outgoing: Outgoing) -> None:
        """Takes a message on its way to the viewer; never waits, never raises."""


def as_sent(kind: str, value: Any) -> Any:
    """The JSON value that the data of a message is sent as; None if it cannot be sent."""
    return json.loads(_to_json({"type": kind, "data": value})).get("data")


def _to_json(message: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(message, default=_plain)
    except TypeError:
        return _odd_to_json(message)


def _odd_to_json(message: dict[str, Any]) -> bytes:
    """With keys that are no texts, which cost time even where there are none; or with worse."""
    try:
        return orjson.dumps(message, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        pass  # What orjson refuses (integers over 64 bits, lone surrogates), the standard library may take.
    try:
        return json.dumps(message, default=_plain, skipkeys=True, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        log.warning("the data of a %s message is no JSON and was left out", message["type"])
        return json.dumps({key: value for key, value in message.items() if key != "data"}).encode()


def _plain(value: Any) -> Any:
    """What a value that JSON does not know is sent as."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, set | frozenset):
        return list(value)
    return str(value)
