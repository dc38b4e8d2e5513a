"""Finds what a dialplan calls sensitive, and masks it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from appliance.redaction.masked import Masked, Span

MOST_BEFORE = 200
"""So many characters of what was said before are looked at."""

LONG_RUN = 6
"""So many digits in a row are a long run."""

_RUN = re.compile(r"\d(?:[ \-]{0,2}\d)*")
_EMAIL = re.compile(r"[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+")


class Redactor:
    """What is sensitive in one call. Nothing in it ever changes."""

    def __init__(
        self,
        kinds: Iterable[str] = (),
        patterns: Iterable[tuple[str, str]] = (),
        fields: Iterable[str] = (),
        literals: Iterable[str] = (),
    ) -> None:
        """``kinds`` are built in; ``patterns`` are names with regular expressions; ``fields`` are names of function
        arguments and of fields of results; ``literals`` are texts or numbers that are sensitive themselves."""
        self._kinds = frozenset(kinds)
        self._patterns = tuple((name, re.compile(text, re.IGNORECASE)) for name, text in patterns)
        self._fields = frozenset(fields)
        self._literals = tuple(literals)
        self.is_empty = not (self._kinds or self._patterns or self._fields or self._literals)

    def masked(self, text: str, before: str = "") -> Masked:
        """``text`` with what is sensitive replaced. ``before`` is what the same speaker said just before, as it was:
        what began there and goes on in ``text`` is found, too."""
        if self.is_empty:
            return Masked(text)
        said = f"{before[-MOST_BEFORE:]} " if before else ""
        spans = _apart(self._found(said + text))
        shift = len(said)
        return Masked(text, (Span(max(0, s.start - shift), s.end - shift, s.mask) for s in spans if s.end > shift))

    def mask(self, text: str, before: str = "") -> str:
        """The text of ``masked``."""
        return self.masked(text, before).text

    def mask_data(self, value: Any) -> Any:
        """A copy of a JSON value: each text masked, and whatever stands under a sensitive field's name replaced."""
        if self.is_empty:
            return value
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {key: f"[{key}]" if key in self._fields else self.mask_data(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_data(inner) for inner in value]
        return value

    def _found(self, text: str) -> Iterator[Span]:
        for run in _RUN.finditer(text):
            digits = re.sub(r"\D", "", run[0])
            if "card" in self._kinds and 13 <= len(digits) <= 19 and _passes_luhn(digits):
                yield Span(*run.span(), "[card]")
            elif "digits" in self._kinds and len(digits) >= LONG_RUN:
                yield Span(*run.span(), "[number]")
        if "email" in self._kinds:
            yield from (Span(*found.span(), "[email]") for found in _EMAIL.finditer(text))
        for name, pattern in self._patterns:
            yield from (Span(*found.span(), f"[{name}]") for found in pattern.finditer(text) if found[0])
        for literal in self._literals:
            yield from (Span(*found.span(), "[number]") for found in re.finditer(re.escape(literal), text))


def _passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _apart(spans: Iterable[Span]) -> list[Span]:
    """In order; those that overlap become one, with the mask of the first."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if apart and span.start < apart[-1].end:
            last = apart[-1]
            apart[-1] = Span(last.start, max(last.end, span.end), last.mask)
        else:
            apart.append(span)
    return apart
