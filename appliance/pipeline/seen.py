"""Frames pass several processors, perhaps seconds apart; an observer takes each of them once."""

from collections import deque

from appliance.frames import Frame

MOST_REMEMBERED = 32
"""Per frame type: more than ever wait between two processors."""


class SeenFrames:
    """The newest frames of each type, by number."""

    def __init__(self) -> None:
        self._numbers: dict[type[Frame], tuple[set[int], deque[int]]] = {}

    def is_new(self, frame: Frame) -> bool:
        """Whether this is the first look at the frame; from now on it is known."""
        try:
            known, order = self._numbers[type(frame)]
        except KeyError:
            known, order = self._numbers[type(frame)] = (set(), deque())
        if frame.id in known:
            return False
        known.add(frame.id)
        order.append(frame.id)
        if len(order) > MOST_REMEMBERED:
            known.discard(order.popleft())
        return True
