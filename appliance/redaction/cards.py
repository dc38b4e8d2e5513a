"""Card numbers. See ISO/IEC 7812-1 and the issuers' ranges; spoken ones come in groups, one transcript each."""

from collections.abc import Iterator

from appliance.redaction.rows import Row

_LENGTHS = (
    (("34", "37"), (15,)),
    (("300", "301", "302", "303", "304", "305", "36", "38", "39"), (14, 16)),
    (("35", "51", "52", "53", "54", "55", "22", "23", "24", "25", "26", "27"), (16,)),
    (("4",), (16, 19, 13)),
    (("6", "50", "56", "57", "58"), (16, 19)),
)
"""How numbers begin, and how many digits they then have, the usual first."""

_FIRST = {13: "456", 14: "3456"}
"""Short numbers begin so; others of that length are goods (EAN) or times in milliseconds."""

_SURELY = 11
"""So many digits at the end of what was said, and no fewer, are a card number that is still being said."""
_SURELY_ACROSS = 7
"""So many when they began in what was said before."""
_MOST_BEFORE = 4
"""So many digits in front, such as an order's number, do not hide one that is still being said."""


def card_in(row: Row, border: int) -> Iterator[tuple[int, int]]:
    """Where a card number is in ``row``, with what follows it there (its expiry, its check value).

    ``border`` is where the text begins that is looked at now; what is before has been said earlier.
    """
    digits = row.digits
    start = row.start if _is_card(digits) else _within(row)
    if start is None and row.is_open and not row.has_plus:
        start = _beginning(row, border)
    if start is not None:
        yield start, row.end


def _is_card(digits: str) -> bool:
    return 13 <= len(digits) <= 19 and digits[0] in _FIRST.get(len(digits), "123456789") and passes_luhn(digits)


def _within(row: Row) -> int | None:
    """Where a card number begins in a longer row."""
    for begin, numeral in row.begins.items():
        for length in _lengths(row.digits, begin):
            if begin + length in row.ends and passes_luhn(row.digits[begin : begin + length]):
                return numeral.start
    return None


def _beginning(row: Row, border: int) -> int | None:
    """Where a card number begins of which the row has only the first digits."""
    for begin, numeral in row.begins.items():
        fewest = _SURELY_ACROSS if numeral.start < border < row.end else _SURELY
        said = len(row.digits) - begin
        if begin <= _MOST_BEFORE and any(fewest <= said < usual for usual in _lengths(row.digits, begin)[:1]):
            return numeral.start
    return None


def _lengths(digits: str, begin: int) -> tuple[int, ...]:
    return next((lengths for first, lengths in _LENGTHS if digits.startswith(first, begin)), ())


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others. See ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
