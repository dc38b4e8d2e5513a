"""What a step may say."""

import pytest
from pydantic import ValidationError

from appliance.dialplan.steps import KINDS, Digits, ExpectedAnswer, kinds_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_what_its_key_says(kind: str) -> None:
    assert kinds_of({kind: "x", "next": "y"}) == [kind]


def test_what_is_no_step_is_of_no_kind() -> None:
    assert (kinds_of({"next": "y"}), kinds_of("say"), kinds_of(None)) == ([], [], [])


def test_one_phrase_needs_no_list() -> None:
    assert ExpectedAnswer.model_validate({"say": "of course"}).say == ("of course",)


@pytest.mark.parametrize(
    "given", [{}, {"length": "4", "from": "x"}, {"min": "1"}, {"max": "1"}, {"min": "3", "max": "2"}, {"length": "0"}]
)
def test_how_many_digits_must_be_said_in_one_way(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Digits.model_validate(given)
