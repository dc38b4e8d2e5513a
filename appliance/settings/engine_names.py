"""How engines are called: each has a name, and whoever needs one lists names, the first choice first."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from appliance.settings.section import as_list

EngineRole = Literal["transcriber", "synthesizer", "llm"]
"""What an engine does in a call: it listens, speaks, or talks."""
ROLES: tuple[EngineRole, ...] = get_args(EngineRole)

OWN_NAMES: dict[EngineRole, tuple[str, ...]] = {
    "transcriber": ("wyoming", "embedded", "openai", "deepgram"),
    "synthesizer": ("wyoming", "embedded", "openai"),
    "llm": ("llm",),
}
"""The names of the engines that have sections of their own."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def _is_free(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r}, expected a name of up to 32 of a-z, 0-9, _ and -, such as whisper")
    if any(name in names for names in OWN_NAMES.values()):
        raise ValueError(f"{name!r} is the engine of a section of its own, expected another name")
    return name


def _are_different(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} twice, expected each engine once")
    return names


EngineName = Annotated[str, AfterValidator(_is_free)]
"""The name of an entry of [engines]."""

EngineNames = Annotated[
    tuple[str, ...],
    BeforeValidator(as_list, json_schema_input_type=str | list[str]),
    AfterValidator(_are_different),
    Field(min_length=1),
]
"""Engines in order: the next takes over where one fails."""
