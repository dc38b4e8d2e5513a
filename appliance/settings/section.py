"""What all sections of the settings have in common."""

import tomllib
from typing import Any

from pydantic import BaseModel, ConfigDict

from appliance.settings.explained import shown


class Section(BaseModel):
    """One table of the settings file: nothing unknown, nothing changed later, each field with its description."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


def as_list(value: Any) -> Any:
    """One text stands for a list of it; in the environment, where all is text, a list is written as in the file."""
    if not isinstance(value, str):
        return value
    if not value.startswith("["):
        return [value]
    try:
        return tomllib.loads(f"list = {value}")["list"]
    except tomllib.TOMLDecodeError:
        raise ValueError(f'{shown(value)}, expected a list such as ["one", "two"]') from None
