"""What pydantic says about a dialplan, as problems that an operator understands."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from appliance.dialplan.problems import Place, Problem
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.source import Source
from appliance.dialplan.steps import KINDS, kinds_of
from appliance.settings.explained import explained


def refusals(source: Source, refused: ValidationError) -> Iterator[Problem]:
    """The problems of a dialplan that does not fit the schema: one for each place, the first that was found."""
    confused = list(_wrong_kinds(source))
    yield from confused
    unclear = {problem.where for problem in confused}
    placed = [(_place(error, source.data), error) for error in refused.errors(include_url=False)]
    inside = {place[:length] for place, _ in placed for length in range(len(place))}
    told: set[Place] = set()
    for place, error in placed:
        # What lies deeper says more: a list with a bad item is not "too short", too.
        if place not in told | inside and ".".join(map(str, place[:2])) not in unclear:
            told.add(place)
            yield source.problem(place, _said(error))


def _wrong_kinds(source: Source) -> Iterator[Problem]:
    steps = source.data.get("steps")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        kinds = kinds_of(step)
        if isinstance(step, dict) and len(kinds) != 1:
            says = f"is both {' and '.join(kinds)}" if kinds else "does nothing"
            yield source.problem(("steps", name), f"{says}, expected exactly one of {', '.join(KINDS)}")


def _said(error: ErrorDetails) -> str:
    kind, value = error["type"], error["input"]
    if kind == "union_tag_not_found":
        return "is not a step, expected keys such as say and next"
    if kind == "string_type" and value is None:
        return "nothing, expected text (what follows a # is a comment: put it in quotes)"
    if kind == "string_type" and isinstance(value, dict | list):
        return "keys with values or a list, expected text (in quotes when it begins with { or [)"
    model = _model(Dialplan, error["loc"][:-1])
    if kind == "missing" and model:
        meaning = next(
            (
                field.description
                for name, field in model.model_fields.items()
                if error["loc"][-1] in (name, field.alias)
            ),
            None,
        )
        return f"is missing, expected {_phrase(meaning or 'a value')}"
    keys = [field.alias or name for name, field in model.model_fields.items()] if model else []
    return explained(error, keys)


def _phrase(description: str) -> str:
    sentence = description.split(";")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _place(error: ErrorDetails, data: Any) -> Place:
    """The path in the file: without pydantic's names for the kinds of steps and members of unions."""
    path: list[str | int] = []
    value = data
    for position, part in enumerate(error["loc"]):
        is_kind = position == 2 and path[:1] == ["steps"]
        if not is_kind and _holds(value, part):
            value = value[part]
            path.append(part)
        elif error["type"] == "missing" and position == len(error["loc"]) - 1:
            path.append(part)
    return tuple(path)


def _holds(value: Any, part: str | int) -> bool:
    return part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)


def _model(kind: Any, path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that stands at ``path`` as pydantic spells it, to know which keys it has."""
    if get_origin(kind) is Annotated:
        return _model(get_args(kind)[0], path)
    if get_origin(kind) in (Union, UnionType):
        return _member(get_args(kind), path)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields: Mapping[str | int, Any] = {f.alias or name: f.annotation for name, f in kind.model_fields.items()}
        if not path:
            return kind
        return _model(fields[path[0]], path[1:]) if path[0] in fields else None
    return _model(get_args(kind)[1], path[1:]) if get_origin(kind) is dict and path else None


def _member(kinds: tuple[Any, ...], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    for kind in kinds:
        tags = [part.tag for part in get_args(kind)[1:] if isinstance(part, Tag)] if get_args(kind) else []
        if not tags and (model := _model(kind, path)):
            return model
        if path and path[0] in tags:
            return _model(kind, path[1:])
    return None
