"""Values held against a schema: what fits in meaning is taken as its type, what does not is told in a sentence."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from appliance.dialplan.functions.parameter import Parameter, Schema, object_schema
from appliance.settings.explained import shown

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError

MOST_CHARACTERS = 1000
"""Of one text that a caller or a model says."""
MOST_DEEP = 32
"""Lists and objects within another."""


class MisfitError(ValueError):
    """A value does not fit its schema; the sentence says which, and what was expected. ``plain`` does not show it."""

    def __init__(self, named: str, says: str) -> None:
        super().__init__(f"{named} {says}.")
        what, _, expected = says.partition(", expected ")
        shows_value = what.startswith("is ") and expected and what.removeprefix("is ") not in _KINDS.values()
        self.plain = f"{named} does not fit, expected {expected}." if shows_value else str(self)


class Arguments:
    """What a function is told."""

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self._parameters = parameters

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """That of an object with all of them."""
        return object_schema(self._parameters)

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return _validator_of(self.json_schema)

    def prepare(self) -> None:
        """Makes what the first call would otherwise have to wait for."""
        if self._parameters:
            assert self._validator

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call, each of its type: numbers are taken as texts and the other way round, as models and
        telephone keys confuse them. What nobody asked for is left out, and so is null. Raises MisfitError.
        """
        read = _fields(self._parameters, given)
        _bounded(read, "argument", ())
        _hold(self._validator, read, "argument")
        return read


class Result:
    """What a function gives back."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return _validator_of(self._schema.as_json_schema())

    def read(self, value: Any) -> Any:
        """The result, of its type. Raises MisfitError."""
        read = _taken(self._schema, value)
        _hold(self._validator, read, "result")
        return read


def _fields(properties: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _taken(one, given[name]) for name, one in properties.items() if given.get(name) is not None}


def _taken(schema: Schema, value: Any) -> Any:
    """A value as its type, where it can be meant so; otherwise as it is."""
    match schema.type:
        case "object" if isinstance(value, Mapping):
            more = {name: one for name, one in value.items() if name not in schema.properties}
            return _fields(schema.properties, value) | (more if schema.is_open else {})
        case "array" if isinstance(value, list | tuple):
            return [_taken(schema.items, one) if schema.items else one for one in value]
        case "string" if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        case "number" | "integer" if isinstance(value, str | float):
            return _number(value)
        case "boolean" if isinstance(value, str):
            return {"true": True, "false": False}.get(value.strip().lower(), value)
    return value


def _number(value: str | float) -> Any:
    """A number, also one that is written as a text; whole ones without their point. What is none stays as it is."""
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if abs(number) < 1e300 and number.is_integer() else number


def _bounded(value: Any, noun: str, path: tuple[str | int, ...]) -> None:
    """MisfitError for what is too long, too deep, or no number that JSON has."""
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        raise MisfitError(_named(noun, path), f"has {len(value)} characters, expected at most {MOST_CHARACTERS}")
    if isinstance(value, float) and not abs(value) < 1e300:
        raise MisfitError(_named(noun, path), "is a number, expected one that JSON has")
    if len(path) > MOST_DEEP:
        raise MisfitError(_named(noun, path[:1]), f"is more than {MOST_DEEP} levels deep, expected fewer")
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        _bounded(one, noun, (*path, key))


def _hold(validator: Draft202012Validator, value: Any, noun: str) -> None:
    error = next(iter(validator.iter_errors(value)), None)
    if error is not None:
        raise _misfit(error, noun)


def _misfit(error: ValidationError, noun: str) -> MisfitError:
    path = tuple(error.absolute_path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return MisfitError(_named(noun, (*path, missing)), "is missing")
    says = _SAYS.get(str(error.validator), lambda value, wanted: f"does not fit {error.validator!r}")
    return MisfitError(_named(noun, path), says(error.instance, error.validator_value))


def _named(noun: str, path: tuple[str | int, ...]) -> str:
    """``The argument 'guests[0].name'``, ``The result's 'day'``, ``The result``."""
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    if not dotted:
        return f"The {noun}"
    return f"The {noun} {dotted!r}" if noun == "argument" else f"The {noun}'s {dotted!r}"


def kind_of(value: Any) -> str:
    """What JSON calls a value's type, in words."""
    return _KINDS.get(type(value), "a number")


_KINDS = {
    type(None): "null",
    bool: "true or false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
_CALLED = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_FORMATS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "date": (datetime.date.fromisoformat, "a date such as 2026-11-30"),
    "time": (datetime.time.fromisoformat, "a time such as 14:30"),
    "date-time": (datetime.datetime.fromisoformat, "a date and time such as 2026-11-30T14:30"),
    "uuid": (uuid.UUID, "a UUID"),
    "email": (lambda text: _match(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text), "an e-mail address"),
    "uri": (lambda text: _match(r"https?://[^\s/?#]+\S*", text), "an address such as https://example.com/menu"),
}
"""What raises ValueError for a text that is not written so, and how it is written."""

_SAYS: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda value, wanted: f"is {kind_of(value)}, expected {_CALLED[wanted]}",
    "enum": lambda value, wanted: f"is {shown(value)}, expected one of: {', '.join(map(str, wanted))}",
    "format": lambda value, wanted: f"is {shown(value)}, expected {_FORMATS[wanted][1]}",
    "pattern": lambda value, wanted: f"is {shown(value)}, expected text of the form {wanted}",
    "minLength": lambda value, wanted: f"has {len(value)} characters, expected at least {wanted}",
    "maxLength": lambda value, wanted: f"has {len(value)} characters, expected at most {wanted}",
    "minimum": lambda value, wanted: f"is {value}, expected at least {wanted}",
    "maximum": lambda value, wanted: f"is {value}, expected at most {wanted}",
    "exclusiveMinimum": lambda value, wanted: f"is {value}, expected more than {wanted}",
    "exclusiveMaximum": lambda value, wanted: f"is {value}, expected less than {wanted}",
    "multipleOf": lambda value, wanted: f"is {value}, expected a multiple of {wanted}",
    "minItems": lambda value, wanted: f"has {len(value)} entries, expected at least {wanted}",
    "maxItems": lambda value, wanted: f"has {len(value)} entries, expected at most {wanted}",
    "uniqueItems": lambda value, wanted: "has an entry twice, expected each once",
}
"""What is said of a value that breaks a rule, and of what the rule wanted; by the rule's name in JSON Schema."""


def _match(pattern: str, text: str) -> None:
    if not re.fullmatch(pattern, text):
        raise ValueError(pattern)


def _validator_of(schema: Mapping[str, Any]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # Takes a while, and many dialplans never need it.

    return Draft202012Validator(schema, format_checker=_checker())


@cache
def _checker() -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, (reads, _) in _FORMATS.items():
        checker.checks(name, raises=ValueError)(_reading(reads))
    return checker


def _reading(reads: Callable[[str], object]) -> Callable[[object], bool]:
    def is_written_so(value: object) -> bool:
        if isinstance(value, str):
            reads(value)
        return True

    return is_written_so
