"""A dialplan as it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.dialplan.expect import Expectation
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.source import Source


@dataclass(frozen=True, slots=True)
class LoadedDialplan:
    """A dialplan that can be served, with its questions compiled."""

    id: str
    """The file's name without its ending: what records call it by."""

    file: Path
    plan: Dialplan
    expectations: Mapping[str, Expectation]
    """By ask step."""

    source: Source
