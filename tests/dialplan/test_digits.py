"""A row of digits."""

import pytest

from appliance.dialplan.digits import DigitRow
from appliance.dialplan.phrases import words_of

LIST = DigitRow.listed(["4711", "47", "2580", "not digits"], "#")
FOUR = DigitRow.between(4, 4, "#")
SOME = DigitRow.between(2, 4, "*")


@pytest.mark.parametrize(
    ("row", "text", "heard"),
    [
        (LIST, "forty seven", ("47", False)),
        (LIST, "four seven one one", ("4711", True)),
        (LIST, "forty seven twelve", None),
        (LIST, "2580.", ("2580", True)),
        (LIST, "it is 2580", ("2580", False)),
        (FOUR, "one two three", None),
        (FOUR, "one two three four", ("1234", True)),
        (FOUR, "double one double two", ("1122", True)),
        (SOME, "one two", ("12", False)),
        (SOME, "one two three four", ("1234", True)),
        (SOME, "hello", None),
        (SOME, "\u0661\u0662", None),
    ],
)
def test_a_row_is_heard_and_complete_only_when_nothing_more_can_come(
    row: DigitRow, text: str, heard: tuple[str, bool] | None
) -> None:
    assert row.heard(words_of(text)) == heard


def test_a_list_takes_its_own_and_knows_their_beginnings() -> None:
    assert [LIST.accepts(row) for row in ("47", "4711", "471", "")] == [True, True, False, False]
    assert [LIST.may_grow(row) for row in ("", "47", "4711", "9")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("row", "begun", "not_begun"),
    [
        (DigitRow.listed(["4711", "2580"], "#"), ["4", "4 7", "four seven"], ["4711", "4 8", "four of", "", "yes"]),
        (DigitRow.between(4, 6, "#"), ["1", "one two three"], ["1234", "1 2 3 4 5", "1234567", "my 1"]),
    ],
)
def test_the_beginning_of_a_row_is_known(row: DigitRow, begun: list[str], not_begun: list[str]) -> None:
    said = [row.is_begun(tuple(text.split())) for text in (*begun, *not_begun)]
    assert said == [True] * len(begun) + [False] * len(not_begun)


def test_lengths_take_every_row_of_theirs() -> None:
    assert [SOME.accepts(row) for row in ("1", "12", "1234", "12345", "1a")] == [False, True, True, False, False]
    assert [SOME.may_grow(row) for row in ("", "1", "123", "1234", "*")] == [True, True, True, False, False]


def test_the_grammar_of_a_list_has_exactly_its_rows() -> None:
    assert LIST.grammar() == (
        "two five eight (zero | oh) | twenty five eighty | four seven | forty seven | "
        "four seven one one | four seven double one | forty seven eleven"
    )


def test_long_rows_have_a_grammar_that_stays_small() -> None:
    assert len(DigitRow.between(8, 20, "#").grammar()) < 2000
    assert len(DigitRow.between(6, 6, "#").grammar()) < 4000


def test_an_empty_list_has_a_grammar_that_hears_nothing() -> None:
    assert DigitRow.listed([], "#").grammar() == "<VOID>"
