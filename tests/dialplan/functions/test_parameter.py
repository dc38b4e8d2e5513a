"""What a dialplan may say of a function's parameters."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from appliance.dialplan import Function, Parameter
from appliance.dialplan.functions import Schema

ADDRESS = {
    "type": "object",
    "properties": {"street": {"type": "string"}, "city": {"type": "string", "description": "Where"}},
    "required": ["street"],
}


def schema(written: Any) -> dict[str, Any]:
    """What is written, as JSON Schema."""
    found = Parameter.model_validate(written).as_json_schema()
    Draft202012Validator.check_schema(found)
    return found


def parameters(written: Any) -> dict[str, Any]:
    """What a function is told, as JSON Schema."""
    return Function.model_validate({"supervised": {}, "parameters": written}).arguments.json_schema


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, {"type": "string"}),
        ({"description": "Who"}, {"type": "string", "description": "Who"}),
        (
            {"type": "string", "format": "date", "minLength": "3", "maxLength": 9, "pattern": "^a"},
            {"type": "string", "format": "date", "minLength": 3, "maxLength": 9, "pattern": "^a"},
        ),
        ({"type": "integer", "minimum": "0", "maximum": "8"}, {"type": "integer", "minimum": 0, "maximum": 8}),
        ({"type": "number", "exclusiveMinimum": "0.5"}, {"type": "number", "exclusiveMinimum": 0.5}),
        ({"type": "number", "multipleOf": "0.25"}, {"type": "number", "multipleOf": 0.25}),
        ({"type": "integer", "enum": ["1", "2"]}, {"type": "integer", "enum": [1, 2]}),
        ({"enum": ["small", "large"]}, {"type": "string", "enum": ["small", "large"]}),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": "1", "uniqueItems": "yes"},
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
        ),
        ({"type": "object"}, {"type": "object", "properties": {}, "required": [], "additionalProperties": True}),
        (
            {**ADDRESS, "additionalProperties": "true"},
            {
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string", "description": "Where"}},
                "required": ["street"],
                "additionalProperties": True,
            },
        ),
    ],
)
def test_a_parameter_is_what_json_schema_says(written: dict[str, Any], said: dict[str, Any]) -> None:
    assert schema(written) == said


def test_parameters_are_written_by_name_or_as_a_whole_schema() -> None:
    by_name = {"name": "Who", "guests": {"type": "integer", "required": "no"}}
    whole = {
        "type": "object",
        "properties": {"name": {"description": "Who"}, "guests": {"type": "integer"}},
        "required": ["name"],
        "additionalProperties": "false",
    }
    assert parameters(by_name) == parameters(whole)
    assert parameters(by_name)["required"] == ["name"]


def test_a_parameter_may_well_be_called_type() -> None:
    assert list(parameters({"type": "object", "size": "How big"})["properties"]) == ["type", "size"]


def test_what_a_parameter_needs_itself_is_told_from_what_its_fields_need() -> None:
    assert parameters({"address": ADDRESS, "note": {"required": "no"}})["required"] == ["address"]
    optional = Parameter.model_validate({"type": "object", "properties": {"a": "A"}, "required": "no"})
    assert (optional.required, optional.properties["a"].required) == (False, True)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"minimum": "1"}, "is of type string with `minimum`, expected type number or integer"),
        ({"type": "integer", "format": "date"}, "is of type integer with `format`, expected type string"),
        ({"type": "number", "items": {}}, "is of type number with `items`, expected type array"),
        ({"properties": {"a": "A"}}, "is of type string with `properties`, expected type object"),
        ({"type": "date"}, "'date' is a format, expected `type: string` with `format: date`"),
        ({"type": "boolean", "enum": ["true"]}, "is of type boolean with `enum`, expected a text or a number"),
        ({"type": "integer", "enum": ["one"]}, "'one' in `enum`, expected a number"),
        ({"pattern": "["}, "'[' is no regular expression: unterminated character set at position 0"),
        ({**ADDRESS, "required": ["zip"]}, "requires 'zip', expected it among `properties`"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Schema.model_validate(written)
    assert [str(error["ctx"]["error"]) for error in refused.value.errors()] == [said]


@pytest.mark.parametrize("written", [{"format": "day"}, {"typ": "string"}, {"type": "text"}, {"enum": []}])
def test_what_is_not_known_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameter.model_validate(written)


def test_what_stands_beside_the_properties_of_all_is_refused() -> None:
    with pytest.raises(ValidationError, match="'oneOf' is not known beside `properties`"):
        parameters({"type": "object", "properties": {"a": "A"}, "oneOf": []})
