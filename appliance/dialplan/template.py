"""Texts with gaps: ``{name}`` and ``{name.field}`` are what a call has collected; ``{name:digits}`` is read out digit
by digit. ``{{`` and ``}}`` are the braces themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Value = str | Mapping[str, str]
"""What a variable holds: text, or a function's result with fields."""

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_GAP = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.(?P<field>\w+))?(?::(?P<form>\w+))?")


def _one_by_one(text: str) -> str:
    """Digits apart, so that a voice reads each of them."""
    return ", ".join(text) if text.isdigit() else " ".join(text)


_FORMS = {"digits": _one_by_one}


@dataclass(frozen=True, slots=True)
class Gap:
    """One ``{name.field:form}`` of a text."""

    name: str
    field: str | None
    form: str | None


def gaps(text: str) -> list[Gap]:
    """Every gap of ``text``; ValueError when one is not written as it should be."""
    return [_gap(piece) for piece in _PIECE.finditer(text) if piece[0] not in ("{{", "}}")]


def fill(text: str, values: Mapping[str, Value]) -> str:
    """``text`` with its gaps filled; what is not known (yet) is left out."""

    def replaced(piece: re.Match[str]) -> str:
        if piece[0] in ("{{", "}}"):
            return piece[0][0]
        gap = _gap(piece)
        value = values.get(gap.name, "")
        if not isinstance(value, str):
            value = value.get(gap.field or "", "")
        return _FORMS[gap.form](value) if gap.form else value

    return _PIECE.sub(replaced, text)


def _gap(piece: re.Match[str]) -> Gap:
    found = _GAP.fullmatch((piece[1] or "").strip()) if piece[1] is not None else None
    if not found:
        raise ValueError(f"{piece[0]!r}, expected a variable such as {{name}} (and {{{{ for a brace)")
    if found["form"] not in (None, *_FORMS):
        raise ValueError(f"{piece[0]!r}, expected one of {', '.join(f':{form}' for form in _FORMS)} after the name")
    return Gap(found["name"], found["field"], found["form"])
