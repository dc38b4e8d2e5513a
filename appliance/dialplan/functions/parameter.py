"""What a function has to be told and what it gives back: JSON Schema, as far as a telephone call needs it.

See https://json-schema.org/draft/2020-12/json-schema-validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Part

JsonType = Literal["string", "number", "integer", "boolean", "array", "object"]
Format = Literal["date", "time", "date-time", "email", "uri", "uuid"]

_TEXT = frozenset({"format", "pattern", "min_length", "max_length"})
_NUMBER = frozenset({"minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "multiple_of"})
_LIST = frozenset({"items", "min_items", "max_items", "unique_items"})
_OBJECT = frozenset({"properties", "additional_properties"})
_ANY = frozenset({"description", "type", "enum", "required"})
_HEEDED = {
    "string": _TEXT,
    "number": _NUMBER,
    "integer": _NUMBER,
    "boolean": frozenset[str](),
    "array": _LIST,
    "object": _OBJECT,
}
"""What else may be said of each type."""


def _is_no_format(value: Any) -> Any:
    if value in get_args(Format):
        raise ValueError(f"{value!r} is a format, expected `type: string` with `format: {value}`")
    return value


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


def described(value: Any) -> Any:
    """A text in place of a schema is its description."""
    return {"description": value} if isinstance(value, str) else value


def with_required(value: Any) -> Any:
    """Properties that a list of JSON Schema's names as required say so themselves; the others are not."""
    if not isinstance(value, Mapping) or not isinstance(value.get("properties"), Mapping):
        return value
    if not isinstance(value.get("required"), list | tuple):
        return value
    listed, properties = value["required"], value["properties"]
    if any(not isinstance(described(one), Mapping) for one in properties.values()):
        return value
    if lost := [name for name in listed if name not in properties]:
        raise ValueError(f"requires {lost[0]!r}, expected it among `properties`")
    told = {name: {**described(one), "required": name in listed} for name, one in properties.items()}
    return {**{key: one for key, one in value.items() if key != "required"}, "properties": told}


def parameters_of(value: Any) -> Any:
    """What a whole JSON Schema of type `object` says of parameters; what is written by name stays as it is."""
    if not isinstance(value, Mapping) or value.get("type") != "object" or "properties" not in value:
        return value
    inner = with_required(value)
    if extra := set(inner) - {"type", "properties", "additionalProperties", "required", "description"}:
        raise ValueError(f"{sorted(extra)[0]!r} is not known beside `properties`, expected it within a parameter")
    return inner["properties"]


class Schema(Part):
    """What a value is."""

    description: str = ""
    """What it is, in a few words: a language model that calls the function reads them."""

    type: Annotated[JsonType, BeforeValidator(_is_no_format)] = "string"
    """What JSON calls it."""

    enum: tuple[Any, ...] | None = Field(default=None, min_length=1)
    """The only values there are."""

    format: Format | None = None
    """How a text is written: a date (2026-11-30), a time (14:30), both, an e-mail address, an address of the web."""

    pattern: Annotated[str, AfterValidator(_is_pattern)] | None = None
    """A regular expression that is found in the text; ^ and $ for all of it."""

    min_length: int | None = Field(default=None, ge=0, alias="minLength")
    """The fewest characters."""

    max_length: int | None = Field(default=None, ge=0, alias="maxLength")
    """The most characters."""

    minimum: float | None = None
    """The smallest number."""

    maximum: float | None = None
    """The largest number."""

    exclusive_minimum: float | None = Field(default=None, alias="exclusiveMinimum")
    """What the number is larger than."""

    exclusive_maximum: float | None = Field(default=None, alias="exclusiveMaximum")
    """What the number is smaller than."""

    multiple_of: float | None = Field(default=None, gt=0, alias="multipleOf")
    """What the number is a multiple of."""

    items: Schema | None = None
    """What each entry of a list is."""

    min_items: int | None = Field(default=None, ge=0, alias="minItems")
    """The fewest entries of a list."""

    max_items: int | None = Field(default=None, ge=0, alias="maxItems")
    """The most entries of a list."""

    unique_items: bool = Field(default=False, alias="uniqueItems")
    """Whether no entry of a list may come twice."""

    properties: dict[str, Property] = Field(default_factory=dict)
    """The fields of an object, by name."""

    additional_properties: bool = Field(default=False, alias="additionalProperties")
    """Whether an object may have further fields."""

    @model_validator(mode="before")
    @classmethod
    def _takes_lists_of_required(cls, value: Any) -> Any:
        return with_required(value)

    @model_validator(mode="after")
    def _says_what_its_type_heeds(self) -> Schema:
        for name in sorted(self.model_fields_set - _ANY - _HEEDED[self.type]):
            fits = " or ".join(kind for kind, heeded in _HEEDED.items() if name in heeded)
            raise ValueError(f"is of type {self.type} with `{_spelled(type(self), name)}`, expected type {fits}")
        if self.enum and self.type in ("array", "object", "boolean"):
            raise ValueError(f"is of type {self.type} with `enum`, expected a text or a number")
        for value in self.enum or ():
            _as_written(value, self.type)
        return self

    @property
    def values(self) -> tuple[Any, ...]:
        """The only values there are, of the right type; none where any will do."""
        return tuple(_as_written(value, self.type) for value in self.enum or ())

    @property
    def is_open(self) -> bool:
        """Whether an object may have fields that are not named here; one that names none may."""
        return self.additional_properties or not self.properties

    def as_json_schema(self) -> dict[str, Any]:
        """As JSON Schema says it."""
        said: dict[str, Any] = {"type": self.type}
        if self.description:
            said["description"] = self.description
        if self.enum:
            said["enum"] = list(self.values)
        for name in sorted(self.model_fields_set & (_TEXT | _NUMBER | _LIST) - {"items"}):
            said[_spelled(type(self), name)] = _number(getattr(self, name))
        if self.items is not None:
            said["items"] = self.items.as_json_schema()
        if self.type == "object":
            said |= object_schema(self.properties)
            said["additionalProperties"] = self.is_open
        return said


class Parameter(Schema):
    """One thing that a function has to be told."""

    required: bool = True
    """Whether it has to be there."""


Property = Annotated[Parameter, BeforeValidator(described, json_schema_input_type=str | Parameter)]
Parameters = Annotated[dict[str, Property], BeforeValidator(parameters_of, json_schema_input_type=dict[str, Property])]
Schema.model_rebuild()
Parameter.model_rebuild()


def object_schema(properties: Mapping[str, Parameter]) -> dict[str, Any]:
    """The JSON Schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": {name: one.as_json_schema() for name, one in properties.items()},
        "required": [name for name, one in properties.items() if one.required],
        "additionalProperties": False,
    }


def _spelled(model: type[Schema], name: str) -> str:
    return model.model_fields[name].alias or name


def _as_written(value: Any, kind: str) -> Any:
    """A value of `enum`, which YAML gives as text, as its type has it."""
    if kind not in ("number", "integer"):
        return value
    try:
        return _number(float(value))
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} in `enum`, expected a number") from None


def _number(value: Any) -> Any:
    """A whole number without its point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
