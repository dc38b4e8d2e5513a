"""Texts with gaps that machines read: values that keep their type, and addresses that nobody's words can change."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import Template, Undefined, nodes, pass_context
from jinja2.runtime import Context

from appliance.dialplan.filters import as_text
from appliance.dialplan.sandbox import Sandbox
from appliance.dialplan.template import Value, fill, rendered
from appliance.errors import EngineError

_TAKEN = "what is taken"
"""Where the value of a gap is put down: no name of a variable."""


@pass_context
def _take(context: Context, value: Any) -> str:
    context.parent[_TAKEN].append(value)
    return ""


def _encoded(value: Any) -> str:
    text = as_text(value)
    if text in ("", ".", ".."):
        raise EngineError("An address has a gap for which there is nothing.")
    return quote(text, safe="")


_TAKING = Sandbox(_take)
_ENCODING = Sandbox(pass_context(lambda context, value: _encoded(value)))
"""With the context, so that what is constant is not worked out when the template is made."""


def value_of(text: str, values: Mapping[str, Value]) -> Value:
    """What a text stands for: a single ``{{ expression }}`` for its value as JSON has it (None where there is none),
    any other text for itself, filled. Raises EngineError.
    """
    if not _is_single_gap(text):
        return fill(text, values)
    taken: list[Any] = []
    rendered(_taking, text, {**values, _TAKEN: taken})
    return _plain(taken[-1]) if taken else None


def values_of(written: Any, values: Mapping[str, Value]) -> Value:
    """The same for all texts within mappings and lists."""
    if isinstance(written, Mapping):
        return {name: values_of(one, values) for name, one in written.items()}
    if isinstance(written, list | tuple):
        return [values_of(one, values) for one in written]
    return value_of(written, values) if isinstance(written, str) else written


def texts_in(written: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text within mappings and lists, with its place."""
    if isinstance(written, Mapping):
        for name, one in written.items():
            yield from texts_in(one, (*place, name))
    elif isinstance(written, list | tuple):
        for position, one in enumerate(written):
            yield from texts_in(one, (*place, position))
    elif isinstance(written, str):
        yield place, written


def fill_address(text: str, values: Mapping[str, Value]) -> str:
    """An address with its gaps filled, each percent-encoded: a value stays one part of the path, or one value of the
    query. Raises EngineError, also for a gap that holds nothing, ``.`` or ``..``.
    """
    return rendered(_encoding, text, values)


@lru_cache(maxsize=4096)
def _taking(text: str) -> Template:
    return _TAKING.from_string(text.strip())


@lru_cache(maxsize=4096)
def _encoding(text: str) -> Template:
    return _ENCODING.from_string(text)


@lru_cache(maxsize=4096)
def _is_single_gap(text: str) -> bool:
    if not text.lstrip().startswith("{{"):
        return False
    body = _TAKING.parse(text.strip()).body
    return (
        len(body) == 1
        and isinstance(body[0], nodes.Output)
        and len(body[0].nodes) == 1
        and not isinstance(body[0].nodes[0], nodes.TemplateData)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | Iterator) or type(value).__name__ in ("dict_items", "dict_keys", "dict_values"):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, Undefined):
        return None
    return value if isinstance(value, bool | int | float) else str(value)
