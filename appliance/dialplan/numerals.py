"""Digits as English words, both ways: how a number is said, and which numbers a row of words may mean."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

DIGITS = {word: str(digit) for digit, word in enumerate(_ONES)} | {"oh": "0"}
_TEEN = {word: str(number) for number, word in enumerate(_TEENS, start=10)}
_TEN = {word: str(number) for number, word in enumerate(_TENS, start=2)}
_TIMES = {"double": 2, "triple": 3}
_SCALES = {"hundred": 100, "thousand": 1000}

NUMBER_WORDS = frozenset((*DIGITS, *_TEEN, *_TEN, *_TIMES, *_SCALES))

DIGIT = "(zero | oh | " + " | ".join(_ONES[1:]) + ")"
"""JSGF for any one digit."""

_MOST_WORDS = 24
_MOST_DIGITS = 20


def in_words(number: int) -> str:
    """0..99 as a cardinal: ``47`` is "forty seven"."""
    if number < 20:
        return (_ONES + _TEENS)[number]
    tens, one = divmod(number, 10)
    return _TENS[tens - 2] + (f" {_ONES[one]}" if one else "")


def ways(number: str) -> list[str]:
    """JSGF for each way to say a row of digits: one by one, with "double", in pairs ("forty seven eleven")."""
    spoken = [" ".join(_digit(digit) for digit in number)]
    if any(first == second for first, second in pairwise(number)):
        spoken.append(" ".join(_doubled(number)))
    if len(number) > 1:
        spoken.append(" ".join(_pairs(number)))
    return list(dict.fromkeys(spoken))


def _digit(digit: str) -> str:
    return "(zero | oh)" if digit == "0" else _ONES[int(digit)]


def _doubled(number: str) -> Iterator[str]:
    position = 0
    while position < len(number):
        digit = number[position]
        pair = number[position : position + 2] == digit * 2
        yield f"double {_digit(digit)}" if pair else _digit(digit)
        position += 2 if pair else 1


def _pairs(number: str) -> Iterator[str]:
    """An odd number of digits starts with a single one: ``123`` is "one twenty three"."""
    odd = len(number) % 2
    if odd:
        yield _digit(number[0])
    for position in range(odd, len(number), 2):
        pair = number[position : position + 2]
        if pair == "00":
            yield "hundred" if position else "double (zero | oh)"
        elif pair[0] == "0":
            yield f"(zero | oh) {_digit(pair[1])}"
        else:
            yield in_words(int(pair))


def is_numeral(word: str) -> bool:
    """Whether ``word`` is a number's word or some digits."""
    return word in NUMBER_WORDS or (word.isascii() and word.isdecimal() and len(word) <= _MOST_DIGITS)


def readings(words: Sequence[str]) -> list[str]:
    """Every row of digits that ``words`` may mean, the most natural first; other words are skipped."""
    numerals = [word for word in words if is_numeral(word)]
    if not numerals or len(numerals) > _MOST_WORDS:
        return []
    cardinal = _cardinal(numerals)
    found = ([cardinal] if cardinal else []) + list(_rows(tuple(numerals)))
    return list(dict.fromkeys(found))


def _rows(words: tuple[str, ...]) -> Iterator[str]:
    if not words:
        yield ""
        return
    for digits, used in _starts(words):
        for rest in _rows(words[used:]):
            yield digits + rest


def _starts(words: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """What the first words may mean, and how many of them were used."""
    word, following = words[0], words[1] if len(words) > 1 else ""
    if word in _TEN:
        if following in DIGITS and DIGITS[following] != "0":
            yield _TEN[word] + DIGITS[following], 2
        yield f"{_TEN[word]}0", 1
    elif word in _TIMES and following in DIGITS:
        yield DIGITS[following] * _TIMES[word], 2
    elif word == "hundred":
        yield "00", 1
    elif word == "thousand":
        yield "000", 1
    elif word.isdecimal():
        yield word, 1
    elif plain := DIGITS.get(word) or _TEEN.get(word):
        yield plain, 1


def _cardinal(words: Sequence[str]) -> str | None:
    """ "four thousand seven hundred eleven" is 4711; None for what is not said as one quantity."""
    if not any(word in _SCALES for word in words) or any(word in _TIMES or word == "oh" for word in words):
        return None
    total = part = 0
    for word in words:
        if word == "hundred":
            part = max(part, 1) * 100
        elif word == "thousand":
            total, part = total + max(part, 1) * 1000, 0
        else:
            part += int(_TEEN.get(word) or (f"{_TEN[word]}0" if word in _TEN else DIGITS.get(word, word)))
    return str(total + part)
