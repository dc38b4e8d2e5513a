"""What one side says, remark by remark."""

import pytest

from appliance.redaction import MOST_BEFORE, Redactor
from appliance.rtvi.said import Gathered, Remark, Said

REDACTOR = Redactor(kinds=["digits"])


def test_a_remark_knows_what_was_said_before_it() -> None:
    said = Said()
    assert said.add("It is 123") == Remark("It is 123", "")
    assert said.add("456.") == Remark("456.", " It is 123")
    assert said.text == " It is 123 456."


def test_a_number_that_begins_in_one_remark_is_masked_in_the_next() -> None:
    assert Remark("456.", "It is 123").masked(REDACTOR) == "[number]."
    assert Remark("456.").masked(REDACTOR) == "456."


def test_what_is_remembered_is_bounded() -> None:
    said = Said()
    said.add("x" * 1000)
    assert said.text == "x" * MOST_BEFORE


def test_pieces_are_held_back_until_they_are_a_sentence() -> None:
    gathered = Gathered()
    pieces = [gathered.add(piece) for piece in ("It is 12", "34", "56. And", " 789")]
    assert pieces == [Remark(""), Remark(""), Remark("It is 123456."), Remark("")]
    assert gathered.rest() == Remark(" And 789", " It is 123456.")
    assert gathered.rest().text == ""


def test_what_was_cut_off_is_forgotten() -> None:
    gathered = Gathered()
    gathered.add("It is 12")
    gathered.clear()
    assert gathered.rest() == Remark("")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I have 2 cats", "I have 2 cats"),
        ("It is 4711", "It is 4711"),
        ("It is 47112", "It is "),
        ("It is 47112 and", "It is "),
        ("It is 47112, yes I think", "It is 47112, yes I think"),
        ("four seven double one two", ""),
        ("It is 471122 or", "It is [number] or"),
        ("It is 471122", "It is "),
    ],
)
def test_while_more_may_follow_a_number_at_the_end_is_not_shown(text: str, shown: str) -> None:
    assert Remark(text).masked_so_far(REDACTOR) == shown


def test_a_number_that_was_begun_before_is_not_shown_while_it_goes_on() -> None:
    assert Remark("456 is it", "It is 123").masked_so_far(REDACTOR) == "[number] is it"
