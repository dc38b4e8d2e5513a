"""Digits in a row, written or spoken: ``4711 22``, ``four seven double one``, ``forty seven eleven``.

Quantities with thousands (``1,250``, ``two thousand``) and dates (``2026-11-20``) are no rows of digits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_ZERO = ("zero", "oh", "o", "nought", "naught", "nil")
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_FILLERS = (
    *("uh", "uhm", "um", "umm", "er", "erm", "ah", "hm", "hmm", "mm", "then", "and", "ok", "okay", "so", "well"),
    *("now", "next", "yes", "yeah", "dash", "hyphen", "minus", "space", "slash", "stroke"),
)

_VALUES = (
    dict.fromkeys(_ZERO, 0)
    | {word: value for value, word in enumerate(_ONES, start=1)}
    | {word: value for value, word in enumerate(_TEENS, start=10)}
    | {word: value * 10 for value, word in enumerate(_TENS, start=2)}
)


def _any(*words: str) -> str:
    return rf"(?:{'|'.join(words)})"


_AHEAD, _BEHIND = r"(?<![^\W\d_])", r"(?![^\W\d_])"
"""Where a word begins and ends: digits may touch it."""

_BELOW_100 = rf"(?:{_any(*_TENS)}(?:[\s-]{{1,2}}{_any(*_ONES)}{_BEHIND})?|{_any(*_TEENS, *_ONES)})"
_NULL = rf"{_any(*_ZERO)}(?!['’])"
_NUMBER = rf"(?:\d|{_AHEAD}{_any(*_VALUES, *_TIMES)}{_BEHIND})"
GAP = rf"[\s.,…\-–—/()]{{0,5}}(?:\b{_any(*_FILLERS)}\b[\s.,…\-–—]{{1,4}}){{0,4}}"
_ENDS = rf"(?!{GAP}{_NUMBER})"
_HUNDREDS = rf"{_BELOW_100}\s+hundred(?:\s+(?:and\s+)?{_BELOW_100}{_BEHIND}{_ENDS})?"
_SCALED = rf"(?:\d{{1,3}}|{_HUNDREDS}|{_BELOW_100})[\s-](?:thousand|million|billion)"
_REMAINDER = rf"(?:,?\s+(?:and\s+)?(?:{_HUNDREDS}|{_BELOW_100}|\d{{1,3}}))?"
_QUANTITY = (
    r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?![\d,]|[ -]\d)"
    rf"|{_AHEAD}{_SCALED}(?:,?\s+(?:and\s+)?{_SCALED}){{0,2}}{_REMAINDER}{_BEHIND}{_ENDS}"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE = (
    r"(?<!\d)(?<!\d[ .,/-])"
    rf"(?:{_YEAR}-{_MONTH}-{_DAY}|{_DAY}\.{_MONTH}\.{_YEAR}|{_DAY}/{_MONTH}/{_YEAR}|{_MONTH}/{_DAY}/{_YEAR})"
    r"(?!\d|[-./]\d)"
)
_NO_ROW = rf"(?:{_QUANTITY}|{_DATE})"
NUMERAL = (
    rf"\d+|{_AHEAD}(?:{_any(*_TIMES)}[\s-]{{1,2}}(?:\d|{_any(*_ONES)}|{_NULL})|{_HUNDREDS}|{_BELOW_100}|{_NULL})"
    rf"{_BEHIND}"
)

MOST_DIGITS = {word: len(str(value)) for word, value in _VALUES.items()} | _TIMES | {"hundred": 2}
"""The numerals, each with the most digits that it can add to a row."""

_ROW = rf"(?:{NUMERAL})(?:{GAP}(?!{_NO_ROW})(?:{NUMERAL}))*"
_INITIALS = "".join(sorted({word[0] for word in MOST_DIGITS}))
# The lookahead saves time: almost no letter of a sentence begins a numeral.
_FINDING = re.compile(rf"(?=\d|{_AHEAD}[{_INITIALS}])(?:{_NO_ROW}|(?P<row>{_ROW}))")
_EACH = re.compile(NUMERAL)
_WORD = re.compile(r"[a-z]+|\d+")
_SIGN = re.compile(r"(?:(?:\+|\bplus)[\s(]{0,3}|\()\Z")
_REST = re.compile(rf"\W*(?:\b{_any(*_FILLERS)}\b\W*)*\Z")
_LONGEST_SIGN = 8
"""No plus begins further in front of its number."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number as it was written or said: where it is, and its digits."""

    start: int
    end: int
    digits: str


class Row:
    """Numerals that follow each other with nothing between them but spaces, dashes and fillers such as "uh"."""

    def __init__(
        self, numerals: tuple[Numeral, ...], start: int | None = None, *, has_plus: bool = False, is_open: bool
    ) -> None:
        self.numerals = numerals
        self.has_plus = has_plus
        """Whether it is an international telephone number."""
        self.is_open = is_open
        """Whether it reaches the end of what was said: it may go on."""
        self.digits = "".join(numeral.digits for numeral in numerals)
        self.start = numerals[0].start if start is None else start
        self.end = numerals[-1].end
        ends = list(accumulate(len(numeral.digits) for numeral in numerals))
        self.begins = dict(zip([0, *ends], numerals, strict=False))
        """The numerals by the number of digits before them."""
        self.ends = frozenset(ends)
        """How many digits there are up to the end of each numeral."""

    def since(self, position: int) -> "Row | None":
        """The numerals from ``position`` on, if there are any."""
        later = tuple(numeral for numeral in self.numerals if numeral.start >= position)
        return Row(later, is_open=self.is_open) if later else None

    def numerals_of(self, begin: int, end: int) -> list[Numeral]:
        """The numerals that have the digits from ``begin`` to ``end`` (not included), whole."""
        return [numeral for at, numeral in self.begins.items() if at < end and at + len(numeral.digits) > begin]


def lowered(text: str) -> str:
    """``text`` in lower case, each character where it was."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)


def most_digits(text: str) -> int:
    """At least as many digits as a row in ``text`` (lower case) can have. It takes a microsecond to know."""
    return sum(MOST_DIGITS.get(word, 0) if "a" <= word[0] <= "z" else len(word) for word in _WORD.findall(text))


def rows(text: str) -> Iterator[Row]:
    """Every row of digits in ``text`` (lower case)."""
    for found in _FINDING.finditer(text):
        if found["row"] is not None:
            numerals = [
                Numeral(each.start(), each.end(), digits_of(each[0])) for each in _EACH.finditer(text, *found.span())
            ]
            sign = _SIGN.search(text, max(0, found.start() - _LONGEST_SIGN), found.start())
            has_plus = sign is not None and sign[0][0] != "("
            opens = sign is not None and (has_plus or ")" in found[0])
            yield Row(
                tuple(numerals),
                sign.start() if sign and opens else None,
                has_plus=has_plus,
                is_open=_REST.match(text, found.end()) is not None,
            )


def digits_of(numeral: str) -> str:
    if numeral.isdecimal():
        return numeral if numeral.isascii() else "".join(str(int(digit)) for digit in numeral)
    first, *rest = re.split(r"[\s-]+", numeral)
    if first in _TIMES:
        return (rest[0] if rest[0].isdecimal() else str(_VALUES[rest[0]])) * _TIMES[first]
    value = _VALUES[first]
    for word in rest:
        value = value * 100 if word == "hundred" else value + _VALUES.get(word, 0)
    return str(value)
