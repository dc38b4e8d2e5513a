"""What a supervisor's client may send as the result of a function, and what the dialplan makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from appliance.dialplan import APPROVED, REFUSED, Value
from appliance.errors import ProtocolError

MOST_CHARACTERS = 1000
"""Of one text: nobody listens to more on the telephone."""


def read_result(fields: Sequence[str], result: Any) -> Value | None:
    """A result (a JSON value) as texts; None when it says that there is nothing.

    null, "" and {} are nothing; true and false are ``approved`` and ``refused``, and so are ``{"approved": true}`` and
    false, for clients that can send no more than text or an object; numbers become texts. With ``fields`` anything else
    must be an object that has them (what more it has is left out), without them no object. Raises ProtocolError for
    what cannot be used.
    """
    if isinstance(result, dict) and result.keys() == {APPROVED} and isinstance(result[APPROVED], bool):
        result = result[APPROVED]
    if result is None or result == {}:
        return None
    text = (APPROVED if result else REFUSED) if isinstance(result, bool) else _text(result)
    if text == "":
        return None
    if text is not None and text.lower() in (APPROVED, REFUSED):
        text = text.lower()
    if not fields or text == REFUSED:
        return _short("result", _expected(text, "result", result, "text, a number, true, false or null"))
    if not isinstance(result, dict):
        raise _unusable("result", result, f"an object with {_listed(fields)}, or false or null")
    if missing := [field for field in fields if field not in result]:
        raise ProtocolError(f"The result lacks {missing[0]!r}, expected an object with {_listed(fields)}.")
    return {field: _field(field, result[field]) for field in fields}


def _field(name: str, value: Any) -> str:
    what = f"result's {name!r}"
    return _short(what, _expected(_text(value), what, value, "text or a number"))


def _text(value: Any) -> str | None:
    """A text or number as text; None for everything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return str(int(value)) if value == int(value) else str(value)


def _expected(text: str | None, what: str, value: Any, expected: str) -> str:
    if text is None:
        raise _unusable(what, value, expected)
    return text


def _short(what: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise ProtocolError(f"The {what} has {len(text)} characters, expected at most {MOST_CHARACTERS}.")
    return text


def _unusable(what: str, value: Any, expected: str) -> ProtocolError:
    return ProtocolError(f"The {what} is {_kind(value)}, expected {expected}.")


def _kind(value: Any) -> str:
    """What JSON calls it."""
    kinds = {type(None): "null", bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), f"the number {value}")


def _listed(fields: Sequence[str]) -> str:
    return " and ".join(repr(field) for field in fields)
