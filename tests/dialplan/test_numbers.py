"""Numbers and patterns."""

import pytest

from appliance.dialplan.numbers import as_number, as_pattern, is_e164, normalised


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("+15555550100", "+15555550100"),
        ("+1 (555) 555-0100", "+15555550100"),
        ("0015555550100", "+15555550100"),
        ("+49\u00a030\u2013123456", "+4930123456"),
        (" +15555550100 ", "+15555550100"),
        ("15555550100", "15555550100"),
        ("anonymous", "anonymous"),
        ("sip:alice@example.com", "sip:alice@example.com"),
        ("SIP:Alice@Example.com:5060;transport=tls", "sip:alice@example.com"),
        ("<sips:alice@[2001:db8::1]>;tag=1", "sip:alice@[2001:db8::1]"),
        ("sip:example.com", "sip:example.com"),
        ("sip:", "sip:"),
        ("+0123456789", "+0123456789"),
        ("", ""),
    ],
)
def test_numbers_are_compared_as_e164_and_nothing_is_guessed(said: str, number: str) -> None:
    assert normalised(said) == number


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("*", "*"),
        ("+1555*", "+1555*"),
        ("+1 555 *", "+1555*"),
        ("+1 555 555 0100", "+15555550100"),
        ("+1 555 XXX 0100", "+1555xxx0100"),
        ("+15xx*", "+15xx*"),
        ("Sales", "sales"),
        ("front-desk.2", "front-desk.2"),
        ("sip:Sales@Example.com", "sip:sales@example.com"),
        ("sip:*@example.com", "sip:*@example.com"),
    ],
)
def test_patterns_are_a_number_a_beginning_or_everything(text: str, pattern: str) -> None:
    assert as_pattern(text) == pattern


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "555*",
        "+*",
        "+1555*1",
        "**",
        "+0155*",
        "+123456",
        "+1234567890123456",
        "+1555x",
        "+x555*",
        "5x",
        "a b",
        "sip:example.com",
        "sip:a*@example.com",
        "sales*",
    ],
)
def test_other_patterns_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number with"):
        as_pattern(text)


@pytest.mark.parametrize("text", ["911", "*", "+1555*", "five"])
def test_a_transfer_needs_one_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="expected a telephone number"):
        as_number(text)


def test_e164_has_at_most_fifteen_digits() -> None:
    assert [is_e164(text) for text in ("+123456789012345", "+1234567890123456", "+1234567")] == [True, False, True]


def test_digits_of_other_scripts_are_no_telephone_numbers() -> None:
    assert not is_e164("+1٥٥٥٥٥٥٠١٠٠")
