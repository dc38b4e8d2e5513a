"""Function calls that are open, each with the report level it began with."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.rtvi.viewer import Viewer

Level = RTVIFunctionCallReportLevel

MOST_OPEN = 256


@dataclass(slots=True)
class OpenCall:
    """A function call between its start and its end. The level stays what it was, whatever is configured since."""

    function_name: str
    level: Level
    arguments: Mapping[str, Any] | None = None
    """None until it runs."""
    is_answered: bool = False
    """Whether a client has sent its result."""


class FunctionCalls:
    """The open calls by ``tool_call_id``; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, OpenCall] = OrderedDict()

    def begin(self, tool_call_id: str, function_name: str, level: Level) -> OpenCall:
        """The open call of that id; ``level`` counts only if it begins here."""
        call = self._open.get(tool_call_id)
        if call is None:
            call = self._open[tool_call_id] = OpenCall(function_name, level)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return call

    def end(self, tool_call_id: str, function_name: str, level: Level) -> OpenCall:
        """Closes a call; one that was not open had no start, and ends as if it began here."""
        return self._open.pop(tool_call_id, None) or OpenCall(function_name, level)

    def answer(self, tool_call_id: str, function_name: str) -> bool:
        """Whether a client's result is of an open call of that name, and the first."""
        call = self._open.get(tool_call_id)
        if call is None or call.function_name != function_name or call.is_answered:
            return False
        call.is_answered = True
        return True

    def as_list(self, viewer: Viewer | None) -> list[dict[str, Any]]:
        """The running calls, as far as the viewer may see them (None: as far as their levels go)."""
        ceiling = Level.FULL if viewer is None else viewer.report_ceiling
        running = [(id_, call) for id_, call in self._open.items() if call.arguments is not None]
        return [
            in_progress(id_, call, min(call.level, ceiling))
            for id_, call in running
            if min(call.level, ceiling) > Level.DISABLED
        ]


def in_progress(tool_call_id: str, call: OpenCall, level: Level) -> dict[str, Any]:
    """The data of ``llm-function-call-in-progress``."""
    data: dict[str, Any] = {"tool_call_id": tool_call_id}
    if level >= Level.NAME:
        data["function_name"] = call.function_name
    if level is Level.FULL:
        data["arguments"] = dict(call.arguments or {})
    return data
