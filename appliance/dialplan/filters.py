"""The filters of a dialplan's texts: those that say something well on the telephone, and Jinja2's that cost little."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateRuntimeError, Undefined
from jinja2.filters import FILTERS as JINJA

MOST_CHARACTERS = 100_000
"""Of one text when it is filled."""


class TooMuchError(TemplateRuntimeError):
    """A text that would cost too much; the sentence is ours and holds nothing of the call."""


_TAKEN = (
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "int",
    "items",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "select",
    "selectattr",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "urlencode",
)
"""Jinja2's, as they are."""

_SIGNS = {
    "+": "plus",
    "-": "dash",
    "@": "at",
    ".": "dot",
    "_": "underscore",
    "/": "slash",
    "#": "hash",
    "*": "star",
    "&": "and",
}


def as_text(value: Any) -> str:
    """A value as it stands in a text: what is not there is nothing, whole numbers have no point, fields are JSON."""
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool | Mapping | list | tuple | Iterator):
        return as_json(value)
    return str(value) if isinstance(value, int | float) else ""


def as_json(value: Any) -> str:
    """A value as JSON, as it stands in what is sent to a server."""
    return json.dumps(_plain(value), ensure_ascii=False)


def digits(value: Any) -> str:
    """Digits apart, so that a voice reads each of them; a text without any is read as it is."""
    text = as_text(value)
    found = [sign for sign in text if sign.isdecimal()]
    if not found:
        return text
    return ", ".join(["plus", *found] if text.lstrip().startswith("+") else found)


def spell(value: Any) -> str:
    """Letters, digits and signs apart, such as those of an e-mail address."""
    return ", ".join(_SIGNS.get(sign, sign.upper()) for sign in as_text(value) if not sign.isspace())


def join(values: Iterable[Any], separator: str = "", attribute: str | None = None) -> str:
    """Texts one after another; TooMuchError when that would be too long."""
    texts, length = [], 0
    for value in values:
        text = as_text(value.get(attribute) if attribute and isinstance(value, Mapping) else value)
        length += len(text) + len(separator)
        if length > MOST_CHARACTERS:
            raise TooMuchError(f"more than {MOST_CHARACTERS} characters")
        texts.append(text)
    return str(separator).join(texts)


def replace(value: Any, old: str, new: str) -> str:
    """A text with other words; TooMuchError when that would be too long."""
    text = as_text(value)
    if len(text) + (text.count(old) if old else len(text) + 1) * len(new) > MOST_CHARACTERS:
        raise TooMuchError(f"more than {MOST_CHARACTERS} characters")
    return text.replace(old, new)


def rounded(value: Any, precision: int = 0) -> float:
    """A number with fewer decimals."""
    return round(float(value), max(min(precision, 15), 0))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [_plain(one) for one in value]
    return None if isinstance(value, Undefined) else value


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{name: JINJA[name] for name in _TAKEN},
    "digits": digits,
    "spell": spell,
    "join": join,
    "replace": replace,
    "round": rounded,
    "tojson": as_json,
}
"""By name."""
