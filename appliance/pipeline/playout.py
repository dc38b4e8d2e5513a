"""What the carrier was given to play and how far it has got: by the clock, put right by marks.

Positions are seconds of audio since the call began. A carrier plays what it was given without a gap, so the end of
what it has plays at a time that is known but for the line's delay; a mark that comes back says exactly when a
position was reached. Marks that come back after a clear prove nothing: their generation is over.
"""

import bisect
import itertools
from typing import Generic, NamedTuple, TypeVar

from appliance.clock import Clock

Item = TypeVar("Item")

MARK_GRACE_SECS = 1.0
"""How long after its time a mark is waited for before the clock is believed."""
ROUNDING_SECS = 0.001
MOST_MARKS = 64
"""So many marks may be on their way; of a carrier that never returns any the oldest are forgotten."""


class Due(NamedTuple, Generic[Item]):
    """Something to do once a position has been heard; ``confirmed`` waits for a mark."""

    position: float
    order: int
    item: Item
    confirmed: bool
    idle: bool
    """Whether nobody minds when it is done late."""


class Playout(Generic[Item]):
    """A timeline of one call's outgoing audio with things to do along it."""

    def __init__(self, clock: Clock, *, marks: bool = True) -> None:
        self._clock = clock
        self._marks = marks
        self._grace = MARK_GRACE_SECS if marks else 0.0
        self.written = 0.0
        """Seconds of audio given to the carrier."""
        self._confirmed = 0.0
        self._anchor_time = clock()
        self._anchor_position = 0.0
        self._generation = 0
        self._mark_number = 0
        self._sent_marks: dict[str, float] = {}
        self._marked = 0.0
        self._due: list[Due[Item]] = []
        self._order = itertools.count()

    @property
    def position(self) -> float:
        """Seconds of audio that have been heard, as far as is known."""
        elapsed = self._clock() - self._anchor_time
        return min(self.written, max(self._anchor_position + elapsed, self._confirmed))

    @property
    def lead(self) -> float:
        """Seconds of audio that are still to be played."""
        return self.written - self.position

    @property
    def silent_secs(self) -> float:
        """Seconds since all audio has been heard; 0 while there is some."""
        return max(0.0, -self._time_left(self.written))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to be done."""
        return not self._due

    def add_audio(self, secs: float) -> None:
        """Says that this much more audio was given to the carrier."""
        if self.position >= self.written:
            self._anchor_time = self._clock()
            self._anchor_position = self.written
        self.written += secs

    def add(self, item: Item, *, position: float | None = None, confirmed: bool = False, idle: bool = False) -> None:
        """Something to do when ``position`` has been heard; by default all that was written so far.

        A position of audio that is still to be written is fine, but it must come.
        """
        at = self.written if position is None else position
        bisect.insort(self._due, Due(at, next(self._order), item, confirmed, idle), key=lambda due: due[:2])

    def mark(self) -> str | None:
        """The name of a mark to send now, or None where one for this position is already on its way or useless."""
        if not self._marks or self._marked >= self.written:
            return None
        self._mark_number += 1
        name = f"g{self._generation}-{self._mark_number}"
        self._sent_marks[name] = self._marked = self.written
        if len(self._sent_marks) > MOST_MARKS:
            del self._sent_marks[next(iter(self._sent_marks))]
        return name

    def marked(self, name: str) -> bool:
        """A mark came back; False if it says nothing (unknown, or from before a clear)."""
        position = self._sent_marks.pop(name, None)
        if position is None or position <= self._confirmed:
            return False
        self._confirmed = position
        self._anchor_time, self._anchor_position = self._clock(), position
        self._grace = MARK_GRACE_SECS
        return True

    def take_due(self) -> list[Item]:
        """What is to be done now, in order, at most once."""
        position = self.position
        taken = [due for due in self._due if self._wait(due, position) <= ROUNDING_SECS]
        if not taken:
            return []
        self._due = [due for due in self._due if due not in taken]
        if self._marks and any(due.confirmed and due.position > self._confirmed for due in taken):
            self._grace = MARK_GRACE_SECS / 4  # This carrier loses marks: wait less for the next.
        return [due.item for due in taken]

    def next_due(self, *, idle: bool) -> float | None:
        """Seconds until something is to be done; without ``idle`` only what somebody minds counts."""
        position = self.position
        waits = [self._wait(due, position) for due in self._due if idle or not due.idle]
        return max(0.0, min(waits)) if waits else None

    def clear(self) -> tuple[list[Item], list[Item]]:
        """All audio not yet heard is void: what was to be done up to now, and what was to be done later."""
        position = self.position
        due, self._due = self._due, []
        heard = [one.item for one in due if one.position <= position and not one.confirmed]
        void = [one.item for one in due if one.position > position or one.confirmed]
        self._generation += 1
        self._mark_number = 0
        self._sent_marks.clear()
        self.written = self._confirmed = self._marked = position
        return heard, void

    def _wait(self, due: Due[Item], position: float) -> float:
        if not due.confirmed:
            return due.position - position
        if self._confirmed >= due.position:
            return 0.0
        return self._time_left(due.position) + self._grace

    def _time_left(self, position: float) -> float:
        """Seconds until ``position`` is heard by the clock; negative when it has been."""
        return self._anchor_time + (position - self._anchor_position) - self._clock()
