"""What a variable will hold, before any call."""

from typing import Any

import pytest

from appliance.dialplan.shapes import ANY, TEXT, Shape, dotted, shape_of, with_fields
from appliance.dialplan.template import Path

ORDER = Shape(fields={"state": TEXT, "items": Shape(items=Shape(fields={"name": TEXT, "more": ANY}))})


@pytest.mark.parametrize(
    ("shape", "path", "wrong"),
    [
        (TEXT, ("a",), None),
        (TEXT, ("a", "b"), "unknown variable 'a.b', expected one of a"),
        (ANY, ("a", "b", 0, "c"), None),
        (with_fields(("state", "day")), ("a", "state"), None),
        (with_fields(("state", "day")), ("a", "stat"), "unknown variable 'a.stat', did you mean 'a.state'?"),
        (with_fields(("state", "day")), ("a", 0), "unknown variable 'a[0]', expected one of a.day, a.state"),
        (ORDER, ("o", "items", 3, "name"), None),
        (ORDER, ("o", "items", 3, "more", "of", "it"), None),
        (ORDER, ("o", "items", 3, "nam"), "unknown variable 'o.items[3].nam', did you mean 'o.items[3].name'?"),
        (ORDER, ("o", "items", "name"), "unknown variable 'o.items.name', did you mean 'o.items[0]'?"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_with_what_there_is(shape: Shape, path: Path, wrong: str | None) -> None:
    assert shape.wrong(path) == wrong


def test_what_has_fields_is_not_said_as_a_whole() -> None:
    assert ORDER.wrong_to_say(("o",)) == "'o' has fields, expected one of o.items, o.state"
    assert [shape.wrong_to_say(("o",)) for shape in (TEXT, ANY, Shape(items=TEXT))] == [None, None, None]


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"type": "string"}, TEXT),
        ({"type": "integer"}, TEXT),
        ({}, ANY),
        ({"type": "object"}, ANY),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, Shape(fields={"a": TEXT})),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, ANY),
        ({"properties": {"a": {"type": "number"}}}, Shape(fields={"a": TEXT})),
        ({"type": "array", "items": {"type": "string"}}, Shape(items=TEXT)),
        ({"type": "array"}, ANY),
        ({"type": ["string", "null"]}, ANY),
        ({"anyOf": [{"type": "string"}]}, ANY),
    ],
)
def test_a_json_schema_has_a_shape(schema: dict[str, Any], shape: Shape) -> None:
    assert shape_of(schema) == shape


def test_a_path_is_spelled_as_it_is_written() -> None:
    assert dotted(("status", "items", 0, "name")) == "status.items[0].name"
