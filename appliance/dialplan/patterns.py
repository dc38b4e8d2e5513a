"""Patterns of numbers, found by number in a few dictionary look-ups, however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from appliance.dialplan.numbers import ANY, spellings

T = TypeVar("T")

Shape = tuple[int, tuple[int, ...], bool]
"""A pattern's length, the places where it has an x, and whether more digits may follow."""


class PatternIndex(Generic[T]):
    """What belongs to the patterns that a number fits."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._entries: dict[str, list[T]] = defaultdict(list)
        shapes: dict[Shape, None] = {}
        for pattern, entry in entries:
            self._entries[pattern].append(entry)
            if pattern.startswith("+"):
                shapes[_shape(pattern)] = None
        self._shapes = [shape for shape in shapes if shape[1] or shape[2]]

    def found(self, number: str) -> Iterator[T]:
        """Everything whose pattern ``number`` fits, in no particular order."""
        for spelling in spellings(number):
            yield from self._entries.get(spelling, ())
            if spelling.startswith("+"):
                for shape in self._shapes:
                    pattern = _masked(spelling, shape)
                    if pattern in self._entries:
                        yield from self._entries[pattern]
        yield from self._entries.get(ANY, ())


def specificity(pattern: str) -> tuple[int, bool]:
    """How much a pattern says: how many digits it names; of equally many, one that ends with them says more.

    A whole SIP address says more than a name, that more than a number, and any user of a host the least of these.
    """
    if pattern.startswith("+"):
        return len(pattern) - pattern.count("x") - pattern.count("*"), not pattern.endswith("*")
    named = {"sip:*@": 1, "sip": 100}
    kinds = (said for sign, said in named.items() if pattern.startswith(sign))
    return 0 if pattern == ANY else next(kinds, 50), True


def overlap(one: str, other: str) -> bool:
    """Whether some number fits both patterns."""
    if ANY in (one, other):
        return True
    (user, host), (name, domain) = _parts(one), _parts(other)
    if host and domain and host != domain:
        return False
    return "*" in (user, name) or user == name or (user[0] == name[0] == "+" and _share_a_number(user, name))


def _parts(pattern: str) -> tuple[str, str]:
    user, _, host = pattern.removeprefix("sip:").partition("@")
    return user, host


def _share_a_number(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=lambda pattern: len(pattern.rstrip("*")))
    shorter_digits, longer_digits = shorter.rstrip("*"), longer.rstrip("*")
    if len(shorter_digits) < len(longer_digits) and not shorter.endswith("*"):
        return False
    return all(a == b or "x" in (a, b) for a, b in zip(shorter_digits, longer_digits, strict=False))


def _shape(pattern: str) -> Shape:
    digits = pattern.removesuffix("*")
    return len(digits), tuple(place for place, digit in enumerate(digits) if digit == "x"), pattern.endswith("*")


def _masked(number: str, shape: Shape) -> str | None:
    """``number`` as the pattern of that shape which it fits."""
    length, places, may_grow = shape
    if len(number) < length or (len(number) > length and not may_grow):
        return None
    if not places:
        return f"{number[:length]}*"
    digits = list(number[:length])
    for place in places:
        digits[place] = "x"
    return "".join(digits) + ("*" if may_grow else "")
