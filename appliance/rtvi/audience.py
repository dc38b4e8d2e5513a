"""Who watches a call, in which generation of the protocol, and how one message reaches them all."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, ParamSpec, TypeVar

from appliance.redaction import Redactor
from appliance.rtvi.attempt import guarded
from appliance.rtvi.envelope import MESSAGE_LABEL
from appliance.rtvi.handshake import OLD_MAJOR, UNKNOWN_VERSION, Version
from appliance.rtvi.masking import WITHHELD, Mask, masked_data, own_part
from appliance.rtvi.ui_messages import UISnapshotMessage
from appliance.rtvi.viewer import Outgoing, Sequence, Viewer

K = TypeVar("K")
P = ParamSpec("P")

MOST_HELD = 1000
"""So many messages wait for a transform; after that its text is given up."""


@dataclass(slots=True, eq=False)
class Seat:
    """A viewer's place in a call."""

    viewer: Viewer
    version: Version = UNKNOWN_VERSION
    served: str = ""
    """The protocol version its ``bot-ready`` names; empty before its ``client-ready``."""
    ready_id: str | None = None
    """The id of its newest ``client-ready``."""
    watches: bool = False
    """Whether it has had its ``bot-ready``, and so gets events."""
    listens: frozenset[str] = frozenset()
    """Which of the call's sounds it wants to hear: ``bot-tts-audio``, ``caller-audio``."""
    snapshot: UISnapshotMessage | None = None
    """A ``ui-snapshot`` that came before ``client-ready``."""
    waiting: int = 0
    """How many of its messages wait to be handled."""
    refusal: str | None = None
    """Why the message that is being handled was refused."""

    @property
    def is_old(self) -> bool:
        """Whether it is served in the shapes of protocol 1."""
        return self.version[0] == OLD_MAJOR


@dataclass(slots=True, eq=False)
class Slot:
    """A place in the order of events, for one whose text is still being transformed."""

    events: list[Callable[[], None]] = field(default_factory=list)
    is_filled: bool = False


class Told(NamedTuple):
    """An event as viewers of one kind get it; ``once``: those who miss it are not told of it later."""

    type: str
    data: dict[str, Any]
    once: bool = False


class Audience:
    """The viewers of one call. Everything sent gets the next running number.

    Nothing reaches a viewer but through here: one that may not see what is sensitive gets each message masked.
    """

    def __init__(self) -> None:
        self.redactor = Redactor()
        self.sequence = Sequence()
        self.seats: dict[str, Seat] = {}
        self.watching: tuple[Seat, ...] = ()
        """Those who get events."""
        self.serves_old = False
        """Whether one of them is served in the shapes of protocol 1."""
        self._held: deque[Slot] = deque()

    def join(self, viewer: Viewer) -> Seat:
        """Gives a viewer a seat."""
        seat = self.seats[viewer.id] = Seat(viewer)
        return seat

    def leave(self, viewer: Viewer) -> None:
        """Takes a viewer's seat away."""
        self.seats.pop(viewer.id, None)
        self._count()

    def watch(self, seat: Seat) -> None:
        """From here on this viewer gets events."""
        seat.watches = True
        self._count()

    def masks(self, seat: Seat) -> bool:
        """Whether this viewer gets messages masked."""
        return not (self.redactor.is_empty or seat.viewer.sees_sensitive)

    def send(self, seat: Seat | None, kind: str, data: Any = None, *, answers: str | None = None) -> None:
        """Sends a message to one viewer at once; to all who watch, in order, where ``seat`` is None."""
        if seat is None:
            self.in_order(lambda: self._say(self.watching, kind, data, answers=answers))
        else:
            self._say((seat,), kind, data, answers=answers, private=True)

    def publish(
        self,
        kind: str,
        data: Any = None,
        *,
        droppable: bool = False,
        to: Callable[[Seat], bool] | None = None,
        mask: Mask | None = None,
    ) -> None:
        """Sends an event to all who watch, or to those of them that ``to`` picks.

        ``mask`` makes its masked data where that takes more than masking each text in it by itself.
        """
        if not self.watching or (droppable and len(self._held) >= MOST_HELD):
            return
        if self._held:
            self.in_order(lambda: self._say(self._picked(to), kind, data, droppable, mask=mask))
        else:
            self._say(self.watching if to is None else self._picked(to), kind, data, droppable, mask=mask)

    def publish_by(self, kind_of: Callable[[Seat], K], make: Callable[[K], Told | None]) -> None:
        """Sends an event to all who watch, under one number: what ``make`` makes, once for each kind of viewer."""
        if self.watching:
            self.in_order(lambda: self._say_by(kind_of, make))

    def reserve(self) -> Slot:
        """Holds a place in the order of events; what is published from here on waits until it is filled."""
        if len(self._held) >= MOST_HELD:
            self.fill(self._held[0])
        slot = Slot()
        self._held.append(slot)
        return slot

    def fill(self, slot: Slot, *events: Callable[[], None]) -> None:
        """Lets the events (calls of ``publish``) happen in the place held; none: what was held for is withheld."""
        if slot.is_filled:
            return
        slot.events.extend(events)
        slot.is_filled = True
        held, self._held = self._held, deque()
        while held and held[0].is_filled:
            for event in held.popleft().events:
                event()
        self._held = held + self._held

    def release(self) -> None:
        """Fills every place that is held with nothing: what waited for it happens now."""
        for slot in tuple(self._held):
            self.fill(slot)

    def in_order(self, event: Callable[P, None], *args: P.args, **keywords: P.kwargs) -> None:
        """Lets something happen after all that waits for a place that is held."""
        if not self._held:
            event(*args, **keywords)
            return
        last = self._held[-1]
        if not last.is_filled:
            last = Slot(is_filled=True)
            self._held.append(last)
        last.events.append(partial(event, *args, **keywords))

    def _say(
        self,
        seats: tuple[Seat, ...],
        kind: str,
        data: Any,
        droppable: bool = False,
        *,
        answers: str | None = None,
        seq: int | None = None,
        private: bool = False,
        once: bool = False,
        mask: Mask | None = None,
    ) -> None:
        if not seats:
            return
        message: dict[str, Any] = {"label": MESSAGE_LABEL, "type": kind}
        if answers is not None:
            message["id"] = answers
        if data is not None:
            message["data"] = data
        whole = Outgoing(kind, droppable, message, seq or self.sequence.next(), private, once)
        veiled: list[Viewer] = []
        for seat in seats:
            if seat.viewer.sees_sensitive or self.redactor.is_empty:
                seat.viewer.send(whole)
            else:
                veiled.append(seat.viewer)
        masked = self._masked(whole, mask) if veiled else None
        if masked is not None:
            for viewer in veiled:
                viewer.send(masked)

    def _masked(self, whole: Outgoing, mask: Mask | None) -> Outgoing | None:
        """The message as those get it who may not see what is sensitive; None if it is not for them."""
        if "data" not in whole.message:
            return whole
        with guarded("masking") as outcome:
            if mask is not None:
                data, masked = whole.message["data"], mask()
            else:
                # What would be sent is masked: an application's own objects are text only then.
                data = json.loads(whole.encode()).get("data")
                masked = masked_data(self.redactor, whole.type, data)
        if outcome.failure is not None:
            return _unmaskable(whole)
        if masked is WITHHELD:
            return None
        return whole if masked == data else _changed(whole, whole.type, masked)

    def _say_by(self, kind_of: Callable[[Seat], K], make: Callable[[K], Told | None]) -> None:
        seq = self.sequence.next()
        kinds: dict[K, list[Seat]] = {}
        for seat in self.watching:
            kinds.setdefault(kind_of(seat), []).append(seat)
        for kind, seats in kinds.items():
            told = make(kind)
            if told is not None:
                self._say(tuple(seats), told.type, told.data, seq=seq, once=told.once)

    def _picked(self, to: Callable[[Seat], bool] | None) -> tuple[Seat, ...]:
        return self.watching if to is None else tuple(seat for seat in self.watching if to(seat))

    def _count(self) -> None:
        self.watching = tuple(seat for seat in self.seats.values() if seat.watches)
        self.serves_old = any(seat.is_old for seat in self.watching)


def _unmaskable(whole: Outgoing) -> Outgoing | None:
    """What is left when masking fails: nothing of an event; of an answer, that there is none."""
    if whole.type == "bot-ready":
        return _changed(whole, whole.type, own_part(whole.type, whole.message["data"]))
    if whole.private:
        return _changed(whole, "error-response", {"error": "The answer could not be masked and was withheld."})
    return None


def _changed(whole: Outgoing, kind: str, data: Any) -> Outgoing:
    message = {**whole.message, "type": kind, "data": data}
    return Outgoing(kind, whole.droppable, message, whole.seq, whole.private, whole.once)
