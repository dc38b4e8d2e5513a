"""Events of the Realtime API, held against its maker's own types."""

from collections.abc import Iterator
from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter, ValidationError

CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


def wrong_with(event: dict[str, Any]) -> str | None:
    """What the vendor's types say against an event, keys that they do not know among it."""
    try:
        read = CLIENT.validate_python(event)
    except ValidationError as error:
        return str(error.errors(include_input=False)[:2])
    unknown = list(_unknown(read))
    return f"unknown keys {unknown}" if unknown else None


def _unknown(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from _unknown(one)
