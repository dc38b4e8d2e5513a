import pytest

from appliance.redaction.rows import Row, lowered, most_digits, rows


def rows_of(text: str) -> list[Row]:
    return list(rows(text))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("order 4711 please", ["4711"]),
        ("four seven one one", ["4711"]),
        ("4, 7, 1, 1", ["4711"]),
        ("forty seven eleven", ["4711"]),
        ("forty-seven hundred eleven", ["4711"]),
        ("four seven double one", ["4711"]),
        ("four seven double 1", ["4711"]),
        ("triple oh, treble zero, quadruple nought", ["0000000000"]),
        ("one hundred and twenty three", ["123"]),
        ("one, uh, two and then three dash four", ["1234"]),
        ("nineteen eighty four", ["1984"]),
        ("4711 please 22", ["4711", "22"]),
        ("in 2026 at 10:30", ["2026", "10", "30"]),
        ("٤٧١١", ["4711"]),
        ("kd123456", ["123456"]),
        ("someone told everyone about the phone at ten o'clock", ["10"]),
        ("two thousand four one one", ["2", "411"]),
    ],
)
def test_digits_are_read_however_they_are_written_or_said(text: str, digits: list[str]) -> None:
    assert [row.digits for row in rows_of(text)] == digits


@pytest.mark.parametrize(
    "text",
    [
        "1,250,000 people",
        "4,111,111,111,111,111 euros",
        "12,500.50",
        "two thousand four hundred and five euros",
        "250 thousand",
        "one million two hundred thousand",
        "2026-11-20",
        "20.11.2026",
        "11/20/2026",
        "nothing here",
    ],
)
def test_quantities_with_thousands_and_dates_are_no_rows(text: str) -> None:
    assert rows_of(text) == []


def test_what_looks_like_a_quantity_or_a_date_belongs_to_a_row_that_goes_on() -> None:
    assert [row.digits for row in rows_of("1,250 4711")] == ["12504711"]
    assert [row.digits for row in rows_of("4711 2026-11-20")] == ["471120261120"]
    assert [row.digits for row in rows_of("2026-11-20-4711")] == ["202611204711"]
    assert [row.digits for row in rows_of("2026-11-20 4711")] == ["4711"]


def test_a_row_knows_where_it_is_and_where_its_numerals_are() -> None:
    (row,) = rows_of("my number is 47 eleven.")
    assert (row.start, row.end, row.has_plus, row.is_open) == (13, 22, False, True)
    assert {begin: (numeral.start, numeral.end) for begin, numeral in row.begins.items()} == {0: (13, 15), 2: (16, 22)}
    assert row.ends == {2, 4}
    later = row.since(16)
    assert later
    assert later.digits == "11"
    assert row.since(17) is None
    assert [numeral.digits for numeral in row.numerals_of(1, 3)] == ["47", "11"]
    assert [numeral.digits for numeral in row.numerals_of(2, 3)] == ["11"]


@pytest.mark.parametrize(
    ("text", "start", "has_plus"),
    [("+1 555", 0, True), ("call plus (one", 5, True), ("(1) 555", 0, False), ("(1 555", 1, False), ("c++1", 2, True)],
)
def test_a_plus_belongs_to_its_row_and_so_does_a_bracket_that_is_closed_in_it(
    text: str, start: int, has_plus: bool
) -> None:
    (row,) = rows_of(text)
    assert (row.start, row.has_plus) == (start, has_plus)


@pytest.mark.parametrize(("text", "is_open"), [("4711", True), ("4711, uh, and ...", True), ("4711 please", False)])
def test_a_row_is_open_when_only_fillers_follow(text: str, is_open: bool) -> None:
    assert [row.is_open for row in rows_of(text)] == [is_open]


def test_the_most_digits_are_never_fewer_than_a_row_has() -> None:
    for text in ("four seven double one", "forty seven hundred", "٤٧١١", "kd123456", "quadruple oh, 12", "4,7"):
        assert most_digits(text) >= max(len(row.digits) for row in rows_of(text))
    assert most_digits("no digits in this") == 0


def test_lower_case_leaves_each_character_where_it_was() -> None:
    assert lowered("FOUR İ ẞ") == "four İ ß"
