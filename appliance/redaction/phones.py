"""Telephone numbers: ``+1 555 555 0100``, ``(415) 555-0100``, ``0170 1234567``, ``555-0100``, and as they are said."""

import re
from collections.abc import Iterator

from appliance.redaction.rows import Row

_FEWEST_INTERNATIONAL = 7
_NORTH_AMERICAN = r"(?:1?[2-9]\d\d[2-9]\d{6})+"
_TRUNK = r"0[1-9]\d{7,12}|00[1-9]\d{6,14}"
_NATIONAL = re.compile(rf"{_NORTH_AMERICAN}|{_TRUNK}")
_LOCAL = [3, 4]
_MOST_BEFORE = 4
"""So many digits in front, such as a year, do not hide a number."""


def phone_in(row: Row, border: int) -> Iterator[tuple[int, int]]:
    """Where a telephone number is in ``row``: up to its end."""
    del border
    if row.has_plus and len(row.digits) >= _FEWEST_INTERNATIONAL:
        yield row.start, row.end
        return
    for begin, numeral in row.begins.items():
        if begin <= _MOST_BEFORE and _NATIONAL.fullmatch(row.digits, begin):
            yield numeral.start if begin else row.start, row.end
            return
    groups = [len(numeral.digits) for numeral in row.numerals]
    if groups == _LOCAL and row.digits[0] in "23456789":
        yield row.start, row.end
