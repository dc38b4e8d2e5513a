"""The kind `hours`: whether somebody is there now, and when next."""

from collections.abc import Mapping
from typing import Any

from appliance.dialplan import Function
from appliance.dialplan.opening import opening
from appliance.errors import FunctionError
from appliance.functions.surroundings import Surroundings


class HoursExecutor:
    """Tells one of the dialplan's opening hours at the moment it is asked."""

    def __init__(self, function: Function, surroundings: Surroundings) -> None:
        assert function.hours is not None
        self._name = function.hours.name
        self._around = surroundings

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """See Executor: fields with texts, those of ``dialplan.opening``."""
        hours = self._around.hours.get(self._name)
        if hours is None:
            raise FunctionError(f"There are no hours {self._name!r}.")
        return opening(hours, self._around.clock())
