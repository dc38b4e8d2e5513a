"""The kind `python`: a function of the operator's own."""

from typing import Annotated

from pydantic import AfterValidator

from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.shapes import ANY, Shape


def _is_entry_point(text: str) -> str:
    module, colon, name = text.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        raise ValueError(f"{text!r}, expected a module and a function of it such as booking:free_slots")
    return text


class Python(Kind):
    """A function in a module of Python."""

    call: Annotated[str, AfterValidator(_is_entry_point)]
    """The module and the function, such as booking:free_slots."""

    def result_shape(self) -> Shape:
        """Nobody knows, unless `returns` says so."""
        return ANY
