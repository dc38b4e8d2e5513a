"""What every frame is: a numbered thing that moves through a call, of one of three kinds.

System frames overtake: they are dispatched before everything that waits. Data and control frames keep their
order; an interruption drops those that wait, but for the uninterruptible ones.
"""

import itertools
from dataclasses import dataclass, field

_numbers = itertools.count(1)


@dataclass(slots=True)
class Frame:
    """Whatever happens in a call. ``reply`` is the number of the bot's reply it belongs to, 0 for none."""

    id: int = field(init=False, default_factory=_numbers.__next__)
    reply: int = field(default=0, kw_only=True)

    @property
    def name(self) -> str:
        """For logs: the class and the frame's number."""
        return f"{type(self).__name__}#{self.id}"

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class SystemFrame(Frame):
    """Dispatched first, and never dropped."""


@dataclass(slots=True)
class DataFrame(Frame):
    """Content, in order: audio, text."""


@dataclass(slots=True)
class ControlFrame(Frame):
    """What says something about the data round it, in order with it."""


class UninterruptibleFrame:
    """Marks data and control frames that an interruption leaves where they are."""

    __slots__ = ()
