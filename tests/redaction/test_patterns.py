import pytest

from appliance.redaction import Redactor
from appliance.redaction.patterns import compiled


@pytest.mark.parametrize(
    ("pattern", "text", "masked"),
    [
        (r"\bKD[- ]?\d{6}\b", "my contract kd 471122 please", "my contract [own] please"),
        (r"(?:policy|contract) \w+", "my policy A7 and contract B8", "my [own] and [own]"),
        (r"[\]a^-]{2,}", "x]]-a^x", "x[own]x"),
        (r"\d+", "1" * 120, "[own][own][own]"),
        (r"a{,2}b{1,}", "aabb", "[own]"),
        (r"(ab|c){1,3}?d", "ababd", "[own]"),
        (r"x{y", "x{y", "[own]"),
    ],
)
def test_a_pattern_of_ones_own_is_masked_by_its_name_in_any_case_of_letters(
    pattern: str, text: str, masked: str
) -> None:
    assert Redactor(patterns=[("own", pattern)]).mask(text) == masked


TOO_MANY = "can match in too many ways, expected fewer repetitions and alternatives, such as [0-9 -]{6,20}"
NO_GROUP = "looks around, refers back or sets flags, expected only groups ( ) and (?: )"


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(a+)+b", TOO_MANY),
        ("(a|a)*b", TOO_MANY),
        ("(a|ab)*c", TOO_MANY),
        ("(?:a?){30}a{30}", TOO_MANY),
        (".*.*.*x", TOO_MANY),
        (r"(?:\d[ -]?){6,19}", TOO_MANY),
        (r"(a)\1", NO_GROUP),
        ("a(?=b)", NO_GROUP),
        ("(?i)a", NO_GROUP),
        ("(?P<n>a)", NO_GROUP),
        ("a*", "matches where nothing is, expected at least one character"),
        ("(a", "is not a regular expression (missing ), unterminated subpattern at position 0), expected one"),
    ],
)
def test_a_pattern_that_could_take_long_or_makes_no_sense_is_refused(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        compiled(pattern)
    assert str(refused.value) == f"{pattern!r} {what}"


def test_a_pattern_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^has 501 characters, expected at most 500$"):
        compiled("a" * 501)


def test_the_worst_pattern_that_is_taken_tries_no_more_ways_than_are_allowed() -> None:
    """Without its ends bounded, it would try each way to divide the text in two: half a million million steps."""
    pattern = compiled(r"\w+\w+!")
    assert pattern.pattern == r"\w{1,50}\w{1,50}!"
    assert pattern.search("a" * 1000) is None
