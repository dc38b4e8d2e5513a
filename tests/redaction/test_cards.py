"""Card numbers, and what is none. The numbers are those that issuers publish for tests."""

import pytest

from appliance.redaction import Redactor
from appliance.redaction.cards import passes_luhn

REDACTOR = Redactor(["card"])
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spoken(number: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in number)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my card is 4111 1111 1111 1111, thanks", "my card is [card], thanks"),
        ("4111-1111-1111-1111", "[card]"),
        ("4111111111111111#", "[card]#"),
        ("4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.", "[card]."),
        ("4222222222222 of 13, 30569309025904 of 14 digits", "[card] of 13, [card] of 14 digits"),
        ("it is 3782 822463 10005 ok?", "it is [card] ok?"),
        ("it is 3782 822463 10005 all right", "it is [card] all right"),
        ("6304 0000 0000 0000 with 16", "[card] with 16"),
        (f"{spoken('4242424242424242')} please", "[card] please"),
        ("four one one one, uh, one one one one and one one one one then one one one one please", "[card] please"),
        ("four triple one, quadruple one, then quadruple one quadruple one please", "[card] please"),
        ("forty two forty two, forty two forty two, forty two forty two, forty two forty two. Bye", "[card]. Bye"),
        ("thirty seven eighty two, eight two two four six three, one oh oh oh five please", "[card] please"),
        ("order 4711, 4111 1111 1111 1111 for me", "order 4711, [card] for me"),
    ],
)
def test_a_card_number_is_masked_however_it_is_written_or_said(text: str, masked: str) -> None:
    assert REDACTOR.mask(text) == masked


@pytest.mark.parametrize("following", ["12 26", "twelve twenty six, one two three", "12 26 123"])
def test_expiry_and_check_value_that_follow_are_masked_with_it(following: str) -> None:
    assert REDACTOR.mask(f"4111 1111 1111 1111, {following} please") == "[card] please"
    assert REDACTOR.mask(f"{following} please", "4111 1111 1111 1111") == "[card] please"


@pytest.mark.parametrize(
    "text",
    [
        "in 2026 at 10 30",
        "from 2019, 2020, 2021, 2022 and 2023",
        "on 2026-11-20 we had 47114711 orders",
        "it costs 4,111,111,111,111,111 euros",
        "one million two hundred thousand four hundred and eleven",
        "4111 1111 1111 1112 has a wrong check digit",
        "parcel 00340434161094042557",
        "at 1763712000001 ms",
        "the book 9783161484102",
        "9999941111111111111111999",
        "call +49 170 12345678",
        "call 415 555 0100",
        "555 555 0100 and 555 555 0101",
        "order 47114711",
        "4111 1111 1111 is not all of it, he said",
    ],
)
def test_other_numbers_are_no_card(text: str) -> None:
    assert REDACTOR.mask(text) == text


def test_of_a_number_that_is_said_in_several_transcripts_only_the_first_digits_are_seen() -> None:
    said = ["four one one one", "uh one one one one", "one one one one and", "one one one one, that is it"]
    seen = [REDACTOR.mask(text, " ".join(said[:place])) for place, text in enumerate(said)]
    assert seen == ["four one one one", "[card]", "[card] and", "[card], that is it"]


def test_a_number_that_may_go_on_after_what_was_said_is_masked_from_its_eleventh_digit_on() -> None:
    assert REDACTOR.mask("my card is 4111 1111 11") == "my card is 4111 1111 11"
    assert REDACTOR.mask("my card is 4111 1111 111") == "my card is [card]"
    assert REDACTOR.mask("my number is 1111 1111 1111") == "my number is 1111 1111 1111"


def test_keys_that_come_one_by_one_are_masked_from_the_seventh_on() -> None:
    number = "4111111111111111"
    seen = "".join(REDACTOR.mask(key, number[:place]) for place, key in enumerate(number))
    assert seen == "411111" + "[card]" * 10


@pytest.mark.parametrize(("digits", "passes"), [("79927398713", True), ("79927398710", False), ("0", True)])
def test_the_check_digit_is_that_of_iso_7812(digits: str, passes: bool) -> None:
    assert passes_luhn(digits) == passes


@pytest.mark.parametrize("number", ["1763712000001", "9783161484102"])
def test_numbers_of_goods_and_times_may_have_a_right_check_digit(number: str) -> None:
    assert passes_luhn(number)
