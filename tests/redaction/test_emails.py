import pytest

from appliance.redaction import Redactor

REDACTOR = Redactor(["email"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to john.smith@example.com.", "write to [email]."),
        ("JOHN+tag@EXAMPLE.co.uk, please", "[email], please"),
        ("john @ example.com", "[email]"),
        ("root@localhost", "[email]"),
        ("my address is john dot smith at example dot com thanks", "my address is [email] thanks"),
        ("it is j o h n at e x a m p l e dot com", "it is [email]"),
        ("john underscore smith at my dash shop dot com", "[email]"),
        ("john one two three at example dot co dot uk", "[email]"),
        ("anna at big shop dot com", "[email]"),
        ("john at example.com", "[email]"),
        ("John at Gmail, and then", "[email], and then"),
        ("john dot smith at example", "[email]"),
    ],
)
def test_an_address_is_masked_however_it_is_written_or_said(text: str, masked: str) -> None:
    assert REDACTOR.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "look at example dot com",
        "visit us at example dot com",
        "meet me at noon",
        "let us meet at the shop",
        "we are open at ten dot",
        "john is at work",
        "two @ three",
        "at example dot com",
    ],
)
def test_other_texts_are_no_address(text: str) -> None:
    assert REDACTOR.mask(text) == text


@pytest.mark.parametrize(
    ("before", "text", "masked"),
    [
        ("john dot smith", "at example dot com please", "[email] please"),
        ("john dot smith at", "example dot com please", "[email] please"),
        ("john dot smith at example", "dot com please", "[email] please"),
        ("john dot", "smith at example dot com please", "[email] please"),
        ("john", "please look at example dot com", "please look at example dot com"),
    ],
)
def test_an_address_that_began_before_is_masked(before: str, text: str, masked: str) -> None:
    assert REDACTOR.mask(text, before) == masked
