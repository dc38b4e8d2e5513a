"""A number that is known, such as the caller's, however it is written or said."""

import re
from collections.abc import Iterable, Iterator

from appliance.redaction.rows import Row

_COUNTRY = re.compile(r"\+(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})")
"""Country codes of one and two digits; all others have three. See ITU-T E.164, annex D."""

_NUMBER = re.compile(r"\+?[\d\s()./-]+")

FEWEST_DIGITS = 6
"""No number that is known by itself has fewer: 100 is an extension, and much else."""

_SURELY = 6
"""So many of its first digits, when they began in what was said before, are the number that is still being said."""


def forms(text: str) -> tuple[str, ...]:
    """The digits of a number as they can be said: with the country code and, if it begins with a plus, without.

    Nothing for a text with letters, or with fewer digits than a number needs to be told from others.
    """
    if not _NUMBER.fullmatch(text):
        return ()
    country = _COUNTRY.match(text)
    said = ("".join(filter(str.isdecimal, part)) for part in (text, text[country.end() :] if country else ""))
    return tuple(digits for digits in said if len(digits) >= FEWEST_DIGITS)


def numbers_in(row: Row, border: int, known: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where one of the ``known`` rows of digits is in ``row``, or begins and may go on after what was said."""
    for digits in known:
        begin = row.digits.find(digits)
        while begin >= 0:
            touched = row.numerals_of(begin, begin + len(digits))
            yield touched[0].start if begin else row.start, touched[-1].end
            begin = row.digits.find(digits, begin + len(digits))
        is_growing = row.is_open and row.start < border < row.end and len(row.digits) >= _SURELY
        if is_growing and digits.startswith(row.digits):
            yield row.start, row.end
