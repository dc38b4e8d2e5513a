"""Values held against their schema."""

from typing import Any

import pytest

from appliance.dialplan import Function
from appliance.dialplan.functions import MisfitError

PARAMETERS = {
    "name": "The caller's name",
    "size": {"enum": ["small", "large"], "required": "no"},
    "guests": {"type": "integer", "minimum": "1", "maximum": "8", "required": "no"},
    "weight": {"type": "number", "exclusiveMinimum": "0", "exclusiveMaximum": "9", "required": "no"},
    "half": {"type": "number", "multipleOf": "0.5", "required": "no"},
    "urgent": {"type": "boolean", "required": "no"},
    "day": {"format": "date", "required": "no"},
    "time": {"format": "time", "required": "no"},
    "at": {"format": "date-time", "required": "no"},
    "mail": {"format": "email", "required": "no"},
    "link": {"format": "uri", "required": "no"},
    "id": {"format": "uuid", "required": "no"},
    "code": {"pattern": "^[A-Z]{2}$", "minLength": "2", "required": "no"},
    "short": {"minLength": "2", "maxLength": "4", "required": "no"},
    "items": {
        "type": "array",
        "minItems": "1",
        "maxItems": "2",
        "uniqueItems": "true",
        "required": "no",
        "items": {"type": "object", "properties": {"sku": "Which", "count": {"type": "integer"}}, "required": ["sku"]},
    },
    "open": {"type": "object", "required": "no"},
}
FUNCTION = Function.model_validate({"supervised": {}, "parameters": PARAMETERS})


def read(**given: Any) -> dict[str, Any]:
    """What is read beside a name."""
    found = FUNCTION.arguments.read({"name": "Ann", **given})
    assert found.pop("name") == "Ann"
    return found


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("guests", "2", 2),
        ("guests", 2.0, 2),
        ("weight", "1.5", 1.5),
        ("weight", 1, 1),
        ("half", "2.5", 2.5),
        ("urgent", "True", True),
        ("urgent", False, False),
        ("size", "small", "small"),
        ("short", 4711, "4711"),
        ("day", "2026-11-30", "2026-11-30"),
        ("time", "14:30", "14:30"),
        ("at", "2026-11-30T14:30", "2026-11-30T14:30"),
        ("mail", "a.b@example.com", "a.b@example.com"),
        ("link", "https://example.com/menu?x=1", "https://example.com/menu?x=1"),
        ("id", "7a0f8b7e-3c0f-4f0e-9a57-1c2a3b4c5d6e", "7a0f8b7e-3c0f-4f0e-9a57-1c2a3b4c5d6e"),
        ("code", "DE", "DE"),
        (
            "items",
            [{"sku": 12, "count": "3", "colour": "red"}],
            [{"sku": "12", "count": 3}],
        ),
        ("open", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    ],
)
def test_what_fits_in_meaning_is_taken_as_its_type(name: str, given: Any, taken: Any) -> None:
    found = read(**{name: given})
    assert (found, type(found[name])) == ({name: taken}, type(taken))


def test_what_nobody_asked_for_and_null_are_left_out() -> None:
    assert read(guests=None, colour="red") == {}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("name", None, "The argument 'name' is missing."),
        ("name", True, "The argument 'name' is true or false, expected a text."),
        ("name", ["A"], "The argument 'name' is a list, expected a text."),
        ("name", "A" * 1001, "The argument 'name' has 1001 characters, expected at most 1000."),
        ("size", "huge", "The argument 'size' is 'huge', expected one of: small, large."),
        ("guests", "many", "The argument 'guests' is a text, expected a whole number."),
        ("guests", 2.5, "The argument 'guests' is a number, expected a whole number."),
        ("guests", 0, "The argument 'guests' is 0, expected at least 1."),
        ("guests", "9", "The argument 'guests' is 9, expected at most 8."),
        ("weight", 0, "The argument 'weight' is 0, expected more than 0."),
        ("weight", 9, "The argument 'weight' is 9, expected less than 9."),
        ("half", 0.3, "The argument 'half' is 0.3, expected a multiple of 0.5."),
        ("half", float("nan"), "The argument 'half' is a number, expected one that JSON has."),
        ("weight", float("-inf"), "The argument 'weight' is a number, expected one that JSON has."),
        ("urgent", "maybe", "The argument 'urgent' is a text, expected true or false."),
        ("day", "tomorrow", "The argument 'day' is 'tomorrow', expected a date such as 2026-11-30."),
        ("time", "2 pm", "The argument 'time' is '2 pm', expected a time such as 14:30."),
        ("at", "x", "The argument 'at' is 'x', expected a date and time such as 2026-11-30T14:30."),
        ("mail", "at home", "The argument 'mail' is 'at home', expected an e-mail address."),
        ("link", "ftp://x", "The argument 'link' is 'ftp://x', expected an address such as https://example.com/menu."),
        ("id", "x", "The argument 'id' is 'x', expected a UUID."),
        ("code", "de", "The argument 'code' is 'de', expected text of the form ^[A-Z]{2}$."),
        ("short", "x", "The argument 'short' has 1 characters, expected at least 2."),
        ("short", "xxxxx", "The argument 'short' has 5 characters, expected at most 4."),
        ("items", [], "The argument 'items' has 0 entries, expected at least 1."),
        ("items", [{"sku": "1"}] * 3, "The argument 'items' has 3 entries, expected at most 2."),
        ("items", [{"sku": "1"}] * 2, "The argument 'items' has an entry twice, expected each once."),
        ("items", [{"count": 1}], "The argument 'items[0].sku' is missing."),
        ("items", [{"sku": "1", "count": "x"}], "The argument 'items[0].count' is a text, expected a whole number."),
        ("items", {"sku": "1"}, "The argument 'items' is an object, expected a list."),
        ("open", "x", "The argument 'open' is a text, expected an object."),
        ("open", {"a": ["x" * 1001]}, "The argument 'open.a[0]' has 1001 characters, expected at most 1000."),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(name: str, given: Any, said: str) -> None:
    with pytest.raises(MisfitError) as refused:
        read(**{name: given})
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ({"size": "huge"}, "The argument 'size' does not fit, expected one of: small, large."),
        ({"guests": 99}, "The argument 'guests' does not fit, expected at most 8."),
        ({"guests": "many"}, "The argument 'guests' is a text, expected a whole number."),
        ({"short": "secret"}, "The argument 'short' has 6 characters, expected at most 4."),
        ({"items": [{}]}, "The argument 'items[0].sku' is missing."),
    ],
)
def test_what_does_not_fit_is_told_without_the_value_too(given: dict[str, Any], plain: str) -> None:
    with pytest.raises(MisfitError) as refused:
        read(**given)
    assert refused.value.plain == plain


def test_what_lies_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(MisfitError, match="The argument 'open' is more than 32 levels deep, expected fewer"):
        read(open=deep)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"day": "2026-11-30"}, None),
        ({"day": "2026-11-30", "more": 1}, None),
        ([], "The result is a list, expected an object."),
        ({}, "The result's 'day' is missing."),
        ({"day": "x"}, "The result's 'day' is 'x', expected a date such as 2026-11-30."),
        ({"day": "2026-11-30", "slots": [1]}, "The result's 'slots[0]' is a number, expected true or false."),
    ],
)
def test_a_result_is_held_against_its_schema_too(given: Any, said: str | None) -> None:
    returns = {
        "type": "object",
        "properties": {
            "day": {"format": "date"},
            "slots": {"type": "array", "items": {"type": "boolean"}, "required": "no"},
        },
    }
    result = Function.model_validate({"supervised": {}, "returns": returns}).result
    assert result is not None
    if said is None:
        assert result.read(given) == {"day": "2026-11-30"}
        return
    with pytest.raises(MisfitError) as refused:
        result.read(given)
    assert str(refused.value) == said


def test_a_table_without_parameters_takes_what_is_looked_up() -> None:
    table = Function.model_validate({"table": {"1": "one"}})
    assert table.arguments.read({"value": 1}) == {"value": "1"}
