"""A segment of what the bot says, masked."""

import pytest

from appliance.frames import AggregatedTextFrame
from appliance.redaction import Redactor
from appliance.rtvi.segments import Segment
from appliance.rtvi.transforms import Spoken

REDACTOR = Redactor(kinds=["digits"])
TEXT = "Is it 123 456, or not?"
MASKED = "Is it [number], or not?"


def test_at_every_step_what_was_heard_and_what_was_not_are_the_masked_text() -> None:
    segment = Segment(AggregatedTextFrame(TEXT), REDACTOR)
    for position in range(len(TEXT) + 1):
        shown = segment.masked(Spoken(TEXT, TEXT[:position], TEXT[position:]))
        assert shown.text == MASKED == f"{shown.accumulated}{shown.remaining}"
        assert not set("123456") & set(f"{shown.accumulated}{shown.remaining}")


def test_the_mask_is_heard_as_soon_as_the_first_of_what_it_hides() -> None:
    segment = Segment(AggregatedTextFrame(TEXT), REDACTOR)
    assert segment.masked(Spoken(TEXT, TEXT[:6], TEXT[6:])) == (MASKED, "Is it ", "[number], or not?")
    assert segment.masked(Spoken(TEXT, TEXT[:7], TEXT[7:])) == (MASKED, "Is it [number]", ", or not?")


def test_a_text_without_progress_has_none() -> None:
    assert Segment(AggregatedTextFrame(TEXT), REDACTOR).masked(Spoken(TEXT)) == Spoken(MASKED)


def test_what_a_transform_made_is_masked_even_where_progress_and_text_do_not_fit() -> None:
    segment = Segment(AggregatedTextFrame(TEXT), REDACTOR)
    assert segment.masked(Spoken("no. 654321", "654", "321!")) == Spoken("no. [number]", "[number]", "!")


def test_a_number_that_began_in_the_segment_before_goes_on() -> None:
    segment = Segment(AggregatedTextFrame("456."), REDACTOR, "It is 123")
    assert segment.masked(Spoken("456.", "", "456.")) == Spoken("[number].", "", "[number].")


def words(text: str, spoken: str, before: str = "") -> list[str | None]:
    segment = Segment(AggregatedTextFrame(text), REDACTOR, before)
    shown = []
    for word in spoken.split():
        masked = segment.masked_word(segment.find(word), Spoken(word))
        shown.append(None if masked is None else masked.text)
    return shown


@pytest.mark.parametrize(
    ("text", "spoken", "shown"),
    [
        (TEXT, TEXT, ["Is", "it", "[number]", ",", "or", "not?"]),
        ("Press 1 or 2.", "Press 1 or 2.", ["Press", "1", "or", "2."]),
        ("It costs $5.", "It costs five dollars.", ["It", "costs", "five", "dollars."]),
        ("123456 costs $5.", "one two three costs five dollars.", [None, None, None, "[number] costs", None, None]),
        ("It is 123456.", "It 123456.", ["It", "is [number]."]),
    ],
)
def test_of_a_sensitive_span_the_first_word_gives_the_mask_and_the_others_nothing(
    text: str, spoken: str, shown: list[str | None]
) -> None:
    assert words(text, spoken) == shown


def test_a_word_that_a_transform_changed_is_masked_by_itself() -> None:
    segment = Segment(AggregatedTextFrame("Press 1."), REDACTOR)
    assert segment.masked_word(segment.find("Press"), Spoken("654321")) == Spoken("[number]")
    assert segment.masked_word(segment.find("1."), Spoken("one")) == Spoken("one")


def test_words_and_tokens_are_fine() -> None:
    assert [Segment(AggregatedTextFrame("a", kind), REDACTOR).is_fine for kind in ("word", "token", "sentence")] == [
        True,
        True,
        False,
    ]
