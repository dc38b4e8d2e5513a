import pytest

from appliance.redaction import Redactor

REDACTOR = Redactor(["phone"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +1 555 555 0100 now", "call [phone] now"),
        ("call (415) 555-0100 now", "call [phone] now"),
        ("call (+49) 170 1234567 now", "call ([phone] now"),
        ("call 415.555.0100 or 415 555 0101", "call [phone] or [phone]"),
        ("415 555 0100, 415 555 0101", "[phone]"),
        ("four one five, five five five, oh one double oh", "[phone]"),
        ("plus four nine one seven oh one two three four five six seven", "[phone]"),
        ("0170 1234567 or 0049 170 1234567", "[phone] or [phone]"),
        ("555-0100", "[phone]"),
        ("in 2026 415 555 0100", "in 2026 [phone]"),
    ],
)
def test_a_telephone_number_is_masked_however_it_is_written_or_said(text: str, masked: str) -> None:
    assert REDACTOR.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    ["order 4711", "order 47114711", "4111 1111 1111 1111", "+1 234", "5 plus 3 is 8", "in 2026 at 10 30", "1,555,000"],
)
def test_other_numbers_are_no_telephone_number(text: str) -> None:
    assert REDACTOR.mask(text) == text


def test_a_number_that_began_before_is_masked_from_where_it_is_one() -> None:
    assert REDACTOR.mask("0100 please", "it is 415 555") == "[phone] please"
    assert REDACTOR.mask("415 555 0100 please", "it was in 2026 and 1984") == "[phone] please"
