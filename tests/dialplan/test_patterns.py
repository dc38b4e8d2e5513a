"""Patterns of numbers."""

import pytest

from appliance.dialplan.patterns import PatternIndex, overlap, specificity

PATTERNS = (
    "*",
    "+1555*",
    "+1555xxx0100",
    "+15xx*",
    "+15555550100",
    "sales",
    "sip:sales@example.com",
    "sip:*@example.com",
)


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+15555550100", {"*", "+1555*", "+1555xxx0100", "+15xx*", "+15555550100"}),
        ("+1 555 123 0100", {"*", "+1555*", "+1555xxx0100", "+15xx*"}),
        ("+15551230101", {"*", "+1555*", "+15xx*"}),
        ("+1555", {"*", "+1555*", "+15xx*"}),
        ("+155", {"*"}),
        ("SALES", {"*", "sales"}),
        ("sip:Sales@example.com", {"*", "sales", "sip:sales@example.com", "sip:*@example.com"}),
        ("sip:+15555550100@example.com;user=phone", {"*", "+1555*", "+1555xxx0100", "+15xx*", "+15555550100"}
         | {"sip:*@example.com"}),
        ("anonymous", {"*"}),
        ("", {"*"}),
    ],
)  # fmt: skip
def test_a_number_finds_every_pattern_that_it_fits(number: str, found: set[str]) -> None:
    index = PatternIndex((pattern, pattern) for pattern in PATTERNS)
    assert sorted(index.found(number)) == sorted(found)


def test_one_pattern_may_belong_to_several() -> None:
    assert list(PatternIndex([("sales", 1), ("support", 2), ("sales", 3)]).found("sales")) == [1, 3]


def test_patterns_are_ordered_by_how_much_they_say() -> None:
    said = ["*", "sip:*@example.com", "+1*", "+1555*", "+1555xxxxxxx", "+15555550100", "sales", "sip:sales@example.com"]
    assert sorted(set(said), key=specificity) == said


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        ("*", "sales", True),
        ("+1555*", "+15555550100", True),
        ("+1555*", "+1556*", False),
        ("+1555*", "+155*", True),
        ("+1555xxx0100", "+15551230100", True),
        ("+1555xxx0100", "+15551230101", False),
        ("+1555xxx0100", "+1555xxx010", False),
        ("+155512x*", "+1555123456", True),
        ("+15555550100", "+15555550100*", True),
        ("+15555550100*", "+15555550100", True),
        ("+1555555010", "+15555550100*", False),
        ("sales", "sip:sales@example.com", True),
        ("sales", "sip:*@example.com", True),
        ("sales", "support", False),
        ("sip:sales@example.com", "sip:*@example.com", True),
        ("sip:sales@example.com", "sip:*@example.org", False),
        ("sip:+15555550100@example.com", "+1555*", True),
        ("sip:+15555550100@example.com", "+1556*", False),
    ],
)
def test_patterns_overlap_when_a_number_fits_both(one: str, other: str, do: bool) -> None:
    assert overlap(one, other) == overlap(other, one) == do
