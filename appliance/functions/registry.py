"""The functions of one call, ready to be called."""

from collections.abc import Mapping
from typing import Any

from appliance.dialplan import Dialplan, Function, Value
from appliance.errors import FunctionError
from appliance.functions.kinds import executor_of
from appliance.functions.supervised import read_result
from appliance.functions.surroundings import Surroundings


class Functions:
    """Calls a dialplan's functions by name."""

    def __init__(self, plan: Dialplan, surroundings: Surroundings | None = None) -> None:
        self._functions: Mapping[str, Function] = plan.functions
        around = surroundings or Surroundings(dialplan=plan.name)
        self._executors = {name: executor_of(function, around) for name, function in plan.functions.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Every function there is."""
        return tuple(self._functions)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The result, None being "nothing found". Raises FunctionError when it could not be carried out."""
        executor = self._executors.get(name)
        if executor is None:
            raise FunctionError(f"There is no function {name!r} that the bot could carry out.")
        return await executor.run(arguments)

    def read(self, name: str, result: Any) -> Value | None:
        """What a client sent as the result of a function, as the dialplan uses it. Raises ProtocolError."""
        function = self._functions.get(name)
        return read_result(function.supervised.fields if function and function.supervised else (), result)
