"""Digits as words, both ways."""

import random
from itertools import product

import pytest

from appliance.dialplan.numerals import in_words, readings, ways


def every_way(way: str) -> list[list[str]]:
    """All word sequences of a small JSGF text whose only alternatives are (zero | oh)."""
    parts = way.replace("(zero | oh)", "0").split()
    return [list(row) for row in product(*(("zero", "oh") if part == "0" else (part,) for part in parts))]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("4711", ["four seven one one", "four seven double one", "forty seven eleven"]),
        ("123", ["one two three", "one twenty three"]),
        ("4700", ["four seven (zero | oh) (zero | oh)", "four seven double (zero | oh)", "forty seven hundred"]),
        ("7", ["seven"]),
    ],
)
def test_a_number_is_said_one_by_one_with_double_and_in_pairs(number: str, said: list[str]) -> None:
    assert ways(number) == said


def test_every_way_to_say_a_number_is_heard_as_that_number_first() -> None:
    chance = random.Random(4711)
    numbers = [str(number) for number in range(100)] + [
        "".join(chance.choices("0123456789", k=k)) for k in range(1, 9)
    ] * 2
    numbers += ["".join(chance.choices("0011223", k=chance.randint(2, 6))) for _ in range(60)]
    for number in numbers:
        for way in ways(number):
            for words in every_way(way):
                assert number in readings(words), (number, words)


def test_what_is_natural_comes_first() -> None:
    assert readings(["forty", "seven"]) == ["47", "407"]
    assert readings(["four", "hundred", "twenty", "three"])[0] == "423"
    assert readings(["four", "thousand", "seven", "hundred", "eleven"])[0] == "4711"


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ("it is four seven um one one please", "4711"),
        ("47 11", "4711"),
        ("4711", "4711"),
        ("triple seven oh", "7770"),
        ("my number is double oh 7", "007"),
        ("twenty five eighty", "2580"),
    ],
)
def test_digits_are_heard_among_other_words(said: str, row: str) -> None:
    assert readings(said.split())[0] == row


@pytest.mark.parametrize("said", ["", "hello", "double", "one " * 25])
def test_what_names_no_number_has_no_reading(said: str) -> None:
    assert readings(said.split()) == []


def test_many_tens_do_not_explode() -> None:
    assert len(readings(("twenty one " * 12).split())) <= 5000


def test_small_numbers_in_words() -> None:
    assert [in_words(number) for number in (0, 9, 10, 19, 20, 47, 99)] == [
        "zero",
        "nine",
        "ten",
        "nineteen",
        "twenty",
        "forty seven",
        "ninety nine",
    ]
