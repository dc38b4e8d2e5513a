"""The dialplan's JSON Schema, made from its models: editors complete and check by it."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from appliance.dialplan.fields import as_list
from appliance.dialplan.schema import Dialplan

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that editors know best."""

_WRITTEN = {"type": "string", "pattern": r"^[-+]?[0-9.]+$|\$\{"}
"""A number in quotes, or one that the settings hold."""


class _Generator(GenerateJsonSchema):
    """Takes what the loader takes: every scalar as it is written, one text where a list of texts may stand."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return {**super().str_schema(schema), "type": ["string", "number", "boolean"]}

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return {"anyOf": [super().int_schema(schema), _WRITTEN]}

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        return {"anyOf": [super().float_schema(schema), _WRITTEN]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"anyOf": [super().bool_schema(schema), {"enum": ["true", "false", "yes", "no", "on", "off"]}]}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        written = super().function_before_schema(schema)
        if schema["function"]["function"] is not as_list:
            return written
        lists = next(one for one in written.get("anyOf", [written]) if "items" in one)
        return {"anyOf": [lists["items"], *written.get("anyOf", [written])]}


def json_schema() -> dict[str, Any]:
    """The schema of a dialplan."""
    made = Dialplan.model_json_schema(by_alias=True, schema_generator=_Generator)
    untitled = _without_titles(made)
    # Steps may stand in a file that is included.
    required = [name for name in untitled.pop("required") if name != "steps"]
    return {"$schema": DIALECT, "title": "Dialplan", **untitled, "required": required}


def _without_titles(made: Any, *, names: bool = False) -> Any:
    """Without what only repeats a key's name; ``names`` says that the keys here are names themselves."""
    if isinstance(made, list):
        return [_without_titles(one) for one in made]
    if not isinstance(made, dict):
        return made
    return {
        key: _without_titles(one, names=key in ("properties", "$defs") and not names)
        for key, one in made.items()
        if names or key != "title"
    }
