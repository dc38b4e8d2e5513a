"""A row of digits that is waited for: which ones there are, how they are said, heard and keyed in."""

from collections.abc import Iterable

from appliance.dialplan.numerals import DIGIT, is_numeral, readings, ways
from appliance.dialplan.phrases import Words

_MOST_DOUBLED = 6


class DigitRow:
    """Digits of some lengths, or of a list."""

    def __init__(self, fewest: int, most: int, rows: frozenset[str] | None, end_key: str) -> None:
        self.end_key = end_key
        self._fewest, self._most, self._rows = fewest, most, rows
        self._beginnings = {row[:length] for row in rows or () for length in range(len(row))}

    @classmethod
    def listed(cls, rows: Iterable[str], end_key: str) -> "DigitRow":
        """Exactly the rows of a list; what is not digits is left out."""
        return cls(1, 20, frozenset(row for row in rows if row.isdecimal()), end_key)

    @classmethod
    def between(cls, fewest: int, most: int, end_key: str) -> "DigitRow":
        """Any row of ``fewest`` to ``most`` digits."""
        return cls(fewest, most, None, end_key)

    def accepts(self, row: str) -> bool:
        """Whether ``row`` is one of those waited for."""
        if self._rows is not None:
            return row in self._rows
        return row.isascii() and row.isdecimal() and self._fewest <= len(row) <= self._most

    def may_grow(self, row: str) -> bool:
        """Whether ``row`` is the beginning of a longer one."""
        if self._rows is not None:
            return row in self._beginnings
        return (row.isdecimal() or not row) and len(row) < self._most

    def heard(self, words: Words) -> tuple[str, bool] | None:
        """The row that ``words`` name, and whether they are nothing else and no more digits can follow."""
        row = next((reading for reading in readings(words) if self.accepts(reading)), None)
        if row is None:
            return None
        bare = all(map(is_numeral, words))
        return row, bare and not self.may_grow(row)

    def is_begun(self, words: Words) -> bool:
        """Whether ``words`` name the beginning of a row, and nothing else."""
        if not (words and all(map(is_numeral, words))):
            return False
        rows = list(readings(words))
        return not any(map(self.accepts, rows)) and any(map(self.may_grow, rows))

    def grammar(self) -> str:
        """The right-hand side of a JSGF rule."""
        if self._rows is not None:
            return " | ".join(way for row in sorted(self._rows) for way in ways(row)) or "<VOID>"
        if self._most <= _MOST_DOUBLED:
            return " | ".join(_row(length) for length in range(self._fewest, self._most + 1))
        optional = ""
        for _ in range(self._most - self._fewest):
            optional = f" [{DIGIT}{optional}]"
        return " ".join([DIGIT] * self._fewest) + optional


def _row(length: int) -> str:
    """``length`` digits, where two equal ones may be "double". Longer rows would make the grammar explode."""
    if length == 0:
        return ""
    if length == 1:
        return DIGIT
    doubled = f"double {DIGIT} {_row(length - 2)}".strip()
    return f"({DIGIT} {_row(length - 1)} | {doubled})"
