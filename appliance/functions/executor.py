"""The contract of what carries a function out: one executor for each function of a call."""

from collections.abc import Mapping
from typing import Any, Protocol


class Executor(Protocol):
    """Carries out one function of one call, any number of times, also several at once."""

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """The result as a JSON value; None is "nothing found". Raises FunctionError when it cannot be done.

        ``arguments`` fit the function's ``parameters``. Cancelled when its time is up, when the call ends, or when the
        caller speaks and the function says so.
        """
