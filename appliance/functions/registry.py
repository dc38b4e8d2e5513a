"""The functions of one dialplan, ready to be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.dialplan import Dialplan, Function, Value
from appliance.functions.supervised import read_result


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """What a function gave back: a text or fields with texts; nothing when it found nothing."""

    value: Value | None

    @property
    def found(self) -> bool:
        """Whether there is something."""
        return self.value is not None


class Functions:
    """Calls a dialplan's functions by name."""

    def __init__(self, plan: Dialplan) -> None:
        self._functions: Mapping[str, Function] = plan.functions

    @property
    def names(self) -> tuple[str, ...]:
        """Every function there is."""
        return tuple(self._functions)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> FunctionResult:
        """Looks the (only) argument up in the function's table. KeyError for a function that does not exist."""
        table = self._functions[name].table or {}
        wanted = next(iter(arguments.values()), "")
        return FunctionResult(table.get(str(wanted).strip()))

    def read(self, name: str, result: Any) -> Value | None:
        """What a client sent as the result of a function, as the dialplan uses it. Raises ProtocolError."""
        function = self._functions.get(name)
        return read_result(function.supervised.fields if function and function.supervised else (), result)
