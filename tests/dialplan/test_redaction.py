import pytest
from pydantic import ValidationError

from appliance.dialplan.redaction import Redaction


def test_by_default_nothing_is_sensitive() -> None:
    assert Redaction().model_dump() == {"kinds": (), "patterns": {}, "fields": (), "keep": False}
    assert Redaction().names_nothing
    assert Redaction(keep=True).names_nothing


@pytest.mark.parametrize(
    "named",
    [{"kinds": "card"}, {"patterns": {"policy": "KD"}}, {"fields": ["pin"]}],
    ids=lambda named: next(iter(named)),
)
def test_a_kind_a_pattern_or_a_field_is_something(named: dict[str, object]) -> None:
    assert not Redaction.model_validate(named).names_nothing


def test_one_kind_or_field_may_be_written_without_a_list() -> None:
    assert Redaction.model_validate({"kinds": "card", "fields": "pin"}).kinds == ("card",)


def test_a_pattern_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValidationError, match="too many ways"):
        Redaction(patterns={"own": "(a+)+"})
