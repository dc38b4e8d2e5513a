"""What pydantic found, said in a sentence."""

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.settings.explained import explained, shown, unknown


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="a", min_length=1)
    size: int = Field(default=1, gt=0, lt=10)
    colour: Literal["red", "blue"] = "red"
    items: list[str] = Field(default=["a"], min_length=1)


SAID = {
    "nmae": ("x", "unknown key 'nmae', did you mean 'name'?"),
    "weight": ("x", "unknown key 'weight', expected one of name, size, colour, items"),
    "name": ("", "nothing, expected text that is not empty"),
    "size": ("ten", "'ten', expected a whole number"),
    "colour": ("green", "'green', expected 'red' or 'blue'"),
    "items": ([], "a list, expected at least 1 of them"),
}


@pytest.mark.parametrize(("name", "value", "said"), [(name, *rest) for name, rest in SAID.items()])
def test_each_kind_of_mistake_has_its_sentence(name: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({name: value})
    assert [explained(error, Sample.model_fields) for error in refused.value.errors()] == [said]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "nothing"), ("", "nothing"), (True, "true"), (7, "7"), ({"a": 1}, "keys with values"), (["a"], "a list")],
)
def test_values_are_shown_as_they_were_written(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_shortened() -> None:
    assert shown("x" * 100) == repr("x" * 57 + "...")


def test_something_unknown_where_nothing_is_known() -> None:
    assert unknown("a", [], "function") == "unknown function 'a', expected none"
