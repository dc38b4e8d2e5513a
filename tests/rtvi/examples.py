"""Checking that examples of messages reach every model, and come back as they were."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from appliance.rtvi.envelope import FromServer

Example = dict[str, Any]


def models_of(module: ModuleType) -> set[type[BaseModel]]:
    """The models that a module defines itself."""
    return {
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }


def model_for(module: ModuleType, kind: str) -> type[BaseModel]:
    """The model of a message type."""
    found = [m for m in models_of(module) if "type" in m.model_fields and m.model_fields["type"].default == kind]
    assert len(found) == 1, f"{len(found)} models for {kind}"
    return found[0]


def reached(value: Any) -> Iterator[type[BaseModel]]:
    """The types of a model and of all within it."""
    if isinstance(value, BaseModel):
        yield type(value)
        for name in type(value).model_fields:
            yield from reached(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from reached(item)


def check(module: ModuleType, examples: list[Example], *, apart: set[type[BaseModel]]) -> None:
    """Each example comes back as it was, and together they reach every model of the module but those ``apart``."""
    seen: set[type[BaseModel]] = set()
    for example in examples:
        message = {"label": "rtvi-ai", **example}
        model = model_for(module, example["type"]).model_validate(json.loads(json.dumps(message)))
        back = model.content() if isinstance(model, FromServer) else model.model_dump(exclude_none=True)
        assert back == message
        seen |= set(reached(model))
    assert models_of(module) - seen == apart
