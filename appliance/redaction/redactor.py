"""Finds what a dialplan calls sensitive, and masks it."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from appliance.redaction.cards import card_in
from appliance.redaction.emails import emails
from appliance.redaction.ibans import ibans
from appliance.redaction.literals import forms, numbers_in
from appliance.redaction.masked import Masked, Span
from appliance.redaction.patterns import compiled
from appliance.redaction.phones import phone_in
from appliance.redaction.rows import Row, lowered, most_digits, rows

KINDS = ("card", "iban", "email", "phone", "digits")
"""What can be found without a pattern of one's own. Where kinds overlap, the first of them names the whole."""

MOST_BEFORE = 200
"""So many characters of what was said before are looked at."""

LONG_ROW = 6
"""So many digits in a row are a long one; nothing that has digits and is sensitive has fewer."""

_NUMBER, _HIDDEN = "[number]", "[hidden]"
"""The masks of a long row, and of a text that is sensitive itself. Others bear the name of their kind or pattern."""

_Places = Iterator[tuple[int, int]]


def _long_row_in(row: Row, border: int) -> _Places:
    del border
    if len(row.digits) >= LONG_ROW:
        yield row.start, row.end


class _Found(NamedTuple):
    start: int
    end: int
    rank: int


class Redactor:
    """What is sensitive in one call. Nothing in it ever changes."""

    def __init__(
        self,
        kinds: Iterable[str] = (),
        patterns: Iterable[tuple[str, str]] = (),
        fields: Iterable[str] = (),
        literals: Iterable[str] = (),
    ) -> None:
        """``kinds`` are some of KINDS; ``patterns`` are names with regular expressions (see patterns.py); ``fields``
        are names of function arguments and of fields of results; ``literals`` are numbers and texts that are sensitive
        themselves. ValueError for a kind or a pattern that cannot be used."""
        self._kinds = frozenset(kinds)
        if strange := self._kinds - set(KINDS):
            raise ValueError(f"unknown kind {min(strange)!r}, expected one of {', '.join(KINDS)}")
        said = tuple(literals)
        numbers = [form for literal in said for form in forms(literal)]
        texts = [literal for literal in said if literal and not forms(literal)]
        own = [(f"[{name}]", compiled(text)) for name, text in patterns]
        own += [(_HIDDEN, re.compile(re.escape(text), re.IGNORECASE)) for text in texts]
        self._masks = (*(f"[{kind}]" for kind in KINDS[:-1]), *(mask for mask, _ in own), _NUMBER)
        self._own = tuple((KINDS.index("digits") + place, pattern) for place, (_, pattern) in enumerate(own))
        in_rows: dict[str, Callable[[Row, int], _Places]] = {"card": card_in, "phone": phone_in, "digits": _long_row_in}
        self._in_rows = [(self._rank(kind), find) for kind, find in in_rows.items() if kind in self._kinds]
        if numbers:
            self._in_rows.append((self._rank("phone"), partial(numbers_in, known=numbers)))
        self._fields = frozenset(fields)
        self._mask = re.compile("|".join(map(re.escape, self._masks)))
        self.is_empty = not (self._kinds or own or numbers or self._fields)
        """Whether nothing is sensitive."""

    def masked(self, text: str, before: str = "") -> Masked:
        """``text`` with what is sensitive replaced. ``before`` is what the same speaker said just before, as it was:
        what began there and goes on in ``text`` is found, too."""
        if self.is_empty:
            return Masked(text)
        earlier = f"{before[-MOST_BEFORE:]} " if before else ""
        border = len(earlier)
        found = [one for one in self._found(earlier + text, border) if one.end > border]
        return Masked(
            text, [Span(max(0, start - border), end - border, self._masks[rank]) for start, end, rank in _apart(found)]
        )

    def mask(self, text: str, before: str = "") -> str:
        """The text of ``masked``."""
        return self.masked(text, before).text

    def mask_data(self, value: Any) -> Any:
        """A copy of a JSON value: each text, key and number masked; what has a sensitive name is replaced whole."""
        if self.is_empty:
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {
                self.mask(name): f"[{name}]" if name in self._fields else self.mask_data(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.mask_data(inner) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool):
            masked = self.mask(str(value))
            return value if masked == str(value) else masked
        return value

    def _rank(self, kind: str) -> int:
        return len(self._masks) - 1 if kind == "digits" else KINDS.index(kind)

    def _found(self, said: str, border: int) -> Iterator[_Found]:
        text = lowered(said)
        if (self._in_rows or "iban" in self._kinds) and most_digits(text) >= LONG_ROW:
            for row in rows(text):
                yield from self._found_in(row, border)
                # What was said before must not hide what would be found without it.
                if row.start < border < row.end and (later := row.since(border)):
                    yield from self._found_in(later, border)
            if "iban" in self._kinds:
                yield from (_Found(*place, self._rank("iban")) for place in ibans(text, said))
        if "email" in self._kinds:
            yield from (_Found(*place, self._rank("email")) for place in emails(text))
        for rank, pattern in self._own:
            for start, end in self._unmasked(said):
                yield from (_Found(*found.span(), rank) for found in pattern.finditer(said, start, end) if found[0])

    def _found_in(self, row: Row, border: int) -> Iterator[_Found]:
        for rank, find in self._in_rows:
            yield from (_Found(*place, rank) for place in find(row, border))

    def _unmasked(self, text: str) -> _Places:
        """Everything between masks: an own pattern that fits its own mask must not mask it again and again."""
        start = 0
        if "[" in text:
            for mask in self._mask.finditer(text):
                yield start, mask.start()
                start = mask.end()
        yield start, len(text)


def _apart(found: list[_Found]) -> Iterator[_Found]:
    """In order; those that overlap are one, with the rank of the first in rank."""
    latest: _Found | None = None
    for one in sorted(found):
        if latest and one.start < latest.end:
            latest = _Found(latest.start, max(latest.end, one.end), min(latest.rank, one.rank))
        else:
            if latest:
                yield latest
            latest = one
    if latest:
        yield latest
