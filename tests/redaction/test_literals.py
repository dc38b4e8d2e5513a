import pytest

from appliance.redaction import Redactor
from appliance.redaction.literals import forms

REDACTOR = Redactor(literals=["+491701234567", "sip:Bob"])


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+15555550123", ("15555550123", "5555550123")),
        ("+491701234567", ("491701234567", "1701234567")),
        ("+35312345678", ("35312345678", "12345678")),
        ("+4912345", ("4912345",)),
        ("4711 22", ("471122",)),
        ("100", ()),
        ("client:4711224711", ()),
    ],
)
def test_a_number_is_said_with_and_without_its_country_code(number: str, digits: tuple[str, ...]) -> None:
    assert forms(number) == digits


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("you call from +49 170 1234567.", "you call from [phone]."),
        ("you call from 491701234567.", "you call from [phone]."),
        ("oh one seven oh, one two three, four five six seven", "oh [phone]"),
        ("01701234567 or 0170/1234567", "[phone] or [phone]"),
        ("4711 0170 1234567 22", "4711 [phone] 22"),
        ("+49 170 1234568", "+49 170 1234568"),
        ("this is SIP:bob here", "this is [hidden] here"),
    ],
)
def test_a_known_number_or_text_is_masked_and_others_are_not(text: str, masked: str) -> None:
    assert REDACTOR.mask(text) == masked


def test_a_known_number_that_is_said_in_several_transcripts_is_masked_from_its_sixth_digit_on() -> None:
    said = ["one seven oh", "one two three", "four five", "six seven, yes"]
    seen = [REDACTOR.mask(text, " ".join(said[:place])) for place, text in enumerate(said)]
    assert seen == ["one seven oh", "[phone]", "[phone]", "[phone], yes"]
