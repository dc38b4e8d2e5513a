"""A dialplan as it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.dialplan.expect import Expectation
from appliance.dialplan.recordings import recording_of
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.source import Source
from appliance.dialplan.template import fill


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

    place: str = ""
    """The file's path beneath the directory of dialplans."""

    version: str = ""
    """Twelve hexadecimal digits that change with whatever it says, in its own file or in those that it shares."""

    @property
    def apology(self) -> str:
        """The words of it that a caller hears when things fail; they need nothing of the call that failed."""
        return recording_of(fill(self.plan.fallback.say, self.plan.variables))[1]
