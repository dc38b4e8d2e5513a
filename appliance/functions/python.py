"""The kind `python`: a function of the operator's own, plain ones in a thread, async ones awaited."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from appliance.dialplan import Function, Value
from appliance.dialplan.entry_points import CALL, entry_point, wants_call
from appliance.errors import FunctionError
from appliance.functions.surroundings import Surroundings
from appliance.functions.threads import in_thread


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What a function is told of its call, if it has a parameter `call`. Numbers are E.164 text."""

    call_id: str
    caller: str
    called: str
    dialplan: str
    variables: Mapping[str, Value]
    """What the call has collected until now."""


class PythonExecutor:
    """Calls an entry point with the arguments as keywords."""

    def __init__(self, function: Function, surroundings: Surroundings) -> None:
        assert function.python is not None
        self._name = function.python.call
        self._parameters = function.parameters
        self._around = surroundings

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """What it gives back. Whatever it raises is raised."""
        try:
            function = entry_point(self._name)  # At hand since the dialplan was loaded.
        except ValueError as error:
            raise FunctionError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        told = {CALL: self._info()} if wants_call(function, self._parameters) else {}
        call = partial(function, **arguments, **told)
        if inspect.iscoroutinefunction(function):
            return await call()
        result = await in_thread(call)
        return await result if inspect.isawaitable(result) else result

    def _info(self) -> CallInfo:
        around = self._around
        variables = MappingProxyType(dict(around.variables()))
        return CallInfo(around.call_id, around.caller, around.called, around.dialplan, variables)
