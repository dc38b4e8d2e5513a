"""A text whose sensitive spans are replaced by masks, and which can be cut where the raw text is cut."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (not included) of a raw text, and what stands in their place."""

    start: int
    end: int
    mask: str


class Masked:
    """A text with its sensitive ``spans`` replaced. They are in order and do not overlap."""

    __slots__ = ("_raw", "spans", "text")

    def __init__(self, raw: str, spans: Iterable[Span] = ()) -> None:
        self._raw = raw
        self.spans = tuple(spans)
        self.text = self._between(0, len(raw)) if self.spans else raw

    def cut(self, position: int) -> tuple[str, str]:
        """The masked text in two, as the raw text is at ``position``; together they are always ``text``.

        A span is never cut: it is in the first part as soon as its first character is.
        """
        position = max(0, position)
        if not self.spans:
            return self._raw[:position], self._raw[position:]
        for span in self.spans:
            if span.start < position < span.end:
                position = span.end
        return self._between(0, position), self._between(position, len(self._raw))

    def _between(self, start: int, end: int) -> str:
        parts: list[str] = []
        for span in self.spans:
            if start <= span.start < end:
                parts += (self._raw[start : span.start], span.mask)
                start = span.end
        parts.append(self._raw[start:end])
        return "".join(parts)
