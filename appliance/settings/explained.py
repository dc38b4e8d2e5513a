"""What pydantic found, said in a sentence that names the value and what was expected."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_EXPECTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "path_type": "a path",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "at least {min_length} of them",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
}


def explained(error: ErrorDetails, known: Iterable[str] = (), *, secret: bool = False) -> str:
    """One finding as ``what, expected ...``; ``known`` are the keys that the place knows, for "did you mean".

    The value of a ``secret`` is never shown.
    """
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown(str(error["loc"][-1]), known, "key")
    if kind == "missing":
        return "is missing"
    if kind == "union_tag_not_found":
        return "has no kind, expected `kind`"
    if kind == "union_tag_invalid":
        return unknown(str(context["tag"]), str(context["expected_tags"]).replace("'", "").split(", "), "kind")
    if kind == "value_error":
        return "expected another value" if secret else str(context["error"])
    if kind == "too_short" and isinstance(error["input"], str):
        kind = "string_too_short"
    bounds = {name: f"{bound:g}" if isinstance(bound, float) else bound for name, bound in context.items()}
    expected = _EXPECTED.get(kind, "{msg}").format(**{"msg": error["msg"], **bounds})
    return f"{'not shown' if secret else shown(error['input'])}, expected {expected}"


def shown(value: Any) -> str:
    """A value as a person wrote it, shortened."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, Mapping):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return repr(text) if isinstance(value, str) else text


def unknown(name: str, known: Iterable[str], what: str) -> str:
    """``unknown key 'prot', did you mean 'port'?``; without a likeness the known ones are listed."""
    names = list(known)
    alike = {one.lower(): one for one in names}
    if close := get_close_matches(name.lower(), alike, n=1, cutoff=0.6):
        return f"unknown {what} {name!r}, did you mean {alike[close[0]]!r}?"
    return f"unknown {what} {name!r}, expected " + (f"one of {', '.join(names)}" if names else "none")
