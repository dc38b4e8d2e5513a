"""The kinds of values that a dialplan's keys hold."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from appliance.dialplan.fields import Keys, Name, Phrases, Text


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Keys, "1a", "'1a', expected telephone keys such as 1 or \"#\""),
        (Name, "two words", "'two words', expected a name of letters, digits and underscores"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_was_expected(kind: Any, value: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert refused.value.errors()[0]["msg"] == f"Value error, {said}"


def test_one_phrase_needs_no_list() -> None:
    assert TypeAdapter(Phrases).validate_python("of course") == ("of course",)


def test_a_text_may_not_be_empty() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python("")
