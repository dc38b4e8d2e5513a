"""The filters of a dialplan's texts: those that say something well on the telephone, and Jinja2's that cost little."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from datetime import time as clock
from itertools import count
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

_LONGEST_TIME = len("14:30:00")

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
    if isinstance(value, bool | Iterable):
        return as_json(value)
    return str(value) if isinstance(value, int | float) else ""


def as_json(value: Any) -> str:
    """A value as JSON, as it stands in what is sent to a server; TooMuchError for one that is too large."""
    return json.dumps(_plain(value, count()), ensure_ascii=False)


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


def date(value: Any) -> str:
    """A date or time as JSON has it, as one says the day: ``Tuesday, November 24``; other texts as they are."""
    try:
        day = datetime.fromisoformat(as_text(value))
    except ValueError:
        return as_text(value)
    return f"{day:%A, %B} {day.day}"


def time(value: Any) -> str:
    """A time as JSON has it, as one says it: ``2:30 PM``, ``9 AM``, as it is written there; other texts as they are."""
    text = as_text(value)
    try:
        at = clock.fromisoformat(text) if len(text) <= _LONGEST_TIME else datetime.fromisoformat(text).time()
    except ValueError:
        return text
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"


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


def _plain(value: Any, number: Iterator[int]) -> Any:
    """What JSON can say of a value; ``number`` counts what is in it."""
    if next(number) > MOST_CHARACTERS:
        raise TooMuchError(f"more than {MOST_CHARACTERS} values")
    if isinstance(value, Mapping):
        return {str(key): _plain(one, number) for key, one in value.items()}
    if isinstance(value, Undefined):
        return None
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one, number) for one in value]
    return value if isinstance(value, str | int | float | None) else None


FILTERS: Mapping[str, Callable[..., Any]] = {
    **{name: JINJA[name] for name in _TAKEN},
    "date": date,
    "digits": digits,
    "spell": spell,
    "join": join,
    "replace": replace,
    "round": rounded,
    "time": time,
    "tojson": as_json,
}
"""By name."""
