"""Function calls that are open, each with the report level it began with, and what clients may answer."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.errors import RequestError
from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.rtvi.viewer import Viewer

Level = RTVIFunctionCallReportLevel

MOST_OPEN = 256
MOST_ENDED = 256
"""So many calls are known to have ended, so that who answers too late is told so."""

UNUSED = "the result was not used."


@dataclass(slots=True)
class OpenCall:
    """A function call between its start and its end. The level stays what it was, whatever is configured since."""

    function_name: str
    level: Level
    arguments: Mapping[str, Any] | None = None
    """None until it runs."""
    by_client: bool = False
    """Whether a client is to execute it."""
    asked_at: int = 0
    """The running number of the event that asked clients to."""
    is_answered: bool = False
    """Whether a client has sent its result."""
    is_given_up: bool = False
    """Whether no result is waited for any more."""

    def level_for(self, viewer: Viewer | None) -> Level:
        """How much of it a viewer sees; the program itself (None) as much as its level says."""
        return self.level if viewer is None else min(self.level, viewer.report_ceiling)


class FunctionCalls:
    """The open calls by ``tool_call_id``; the oldest are forgotten when there are too many.

    Whoever asks clients decides with ``read(function_name, result)`` what may come back (ProtocolError: not this) and
    as what it is used.
    """

    def __init__(self) -> None:
        self.read: Callable[[str, Any], Any] = lambda function_name, result: result
        self._open: OrderedDict[str, OpenCall] = OrderedDict()
        self._ended: OrderedDict[str, OpenCall] = OrderedDict()

    def begin(self, tool_call_id: str, function_name: str, level: Level) -> OpenCall:
        """The open call of that id; ``level`` counts only if it begins here."""
        call = self._open.get(tool_call_id)
        if call is None:
            self._ended.pop(tool_call_id, None)
            call = self._open[tool_call_id] = OpenCall(function_name, level)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return call

    def end(self, tool_call_id: str, function_name: str, level: Level) -> OpenCall | None:
        """Closes a call; one that was not open had no start, and ends as if it began here. None if it has ended."""
        if tool_call_id in self._ended:
            return None
        call = self._open.pop(tool_call_id, None) or OpenCall(function_name, level)
        self._ended[tool_call_id] = call
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        return call

    def take(self, tool_call_id: str, function_name: str, result: Any, viewer: Viewer | None) -> tuple[OpenCall, Any]:
        """A client's result: the call it answers, and as what it is used.

        Only the first one of a call counts. Raises RequestError or ProtocolError if it cannot be used; then the call
        stays open.
        """
        call = self._answerable(tool_call_id, function_name, viewer)
        value = self.read(function_name, result)
        call.is_answered = True
        return call, value

    def give_up(self, tool_call_id: str) -> bool:
        """From here on no result is taken; False if one has been."""
        call = self._open.get(tool_call_id)
        if call is not None:
            call.is_given_up = not call.is_answered
        return call is None or call.is_given_up

    def asked(self, viewer: Viewer) -> list[tuple[str, OpenCall]]:
        """The calls that wait for a client's result, those that the viewer sees at FULL."""
        return [
            (tool_call_id, call)
            for tool_call_id, call in self._open.items()
            if call.by_client and not (call.is_answered or call.is_given_up) and call.level_for(viewer) is Level.FULL
        ]

    def as_list(self, viewer: Viewer | None) -> list[dict[str, Any]]:
        """The running calls, as far as the viewer may see them (None: as far as their levels go)."""
        running = [(id_, call) for id_, call in self._open.items() if call.arguments is not None]
        return [
            in_progress(id_, call, call.level_for(viewer))
            for id_, call in running
            if call.level_for(viewer) > Level.DISABLED
        ]

    def _answerable(self, tool_call_id: str, function_name: str, viewer: Viewer | None) -> OpenCall:
        """The open call that a client may answer. Refusals tell nobody of what he does not see."""
        what = f"The function call {tool_call_id[:80]!r}"
        call = self._open.get(tool_call_id) or self._ended.get(tool_call_id)
        if call is None or call.level_for(viewer) is Level.DISABLED:
            raise RequestError(f"No function call {tool_call_id[:80]!r} is open: {UNUSED}")
        if call.level_for(viewer) is not Level.FULL:
            raise RequestError(f"{what} cannot be answered by who does not see its arguments: {UNUSED}")
        if call.function_name != function_name:
            raise RequestError(f"{what} is not one of {function_name[:80]!r}: {UNUSED}")
        if not call.by_client:
            raise RequestError(f"{what} is executed by the bot: {UNUSED}")
        if call.is_answered:
            raise RequestError(f"{what} has its result already: {UNUSED}")
        if call.is_given_up or tool_call_id in self._ended:
            raise RequestError(f"{what} is over: the result came too late and was not used.")
        return call


def in_progress(tool_call_id: str, call: OpenCall, level: Level) -> dict[str, Any]:
    """The data of ``llm-function-call-in-progress``."""
    data: dict[str, Any] = {"tool_call_id": tool_call_id}
    if level >= Level.NAME:
        data["function_name"] = call.function_name
    if level is Level.FULL:
        data["arguments"] = dict(call.arguments or {})
    return data


def called(params: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Name, id and arguments of a call, from either documented form of ``handle_function_call``. Raises TypeError."""
    wanted = ("function_name", "tool_call_id", "arguments")
    given = dict(zip(wanted, params, strict=False)) | dict(keywords)
    if len(params) == 1 and not isinstance(params[0], str):
        given = {name: getattr(params[0], name, None) for name in wanted}
    name, tool_call_id, arguments = (given.get(name) for name in wanted)
    if not (isinstance(name, str) and isinstance(tool_call_id, str) and isinstance(arguments, Mapping)):
        raise TypeError(f"a function call needs {', '.join(wanted)}, one after another or as one object's attributes")
    return name, tool_call_id, dict(arguments)
