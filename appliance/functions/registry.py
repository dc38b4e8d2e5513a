"""The functions of one call, ready to be called: what they are told is checked before, what they give back after."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from appliance.dialplan import Dialplan, Function, Value
from appliance.dialplan.functions import MisfitError
from appliance.errors import ApplianceError, FunctionError
from appliance.functions.executor import Executor
from appliance.functions.kinds import executor_of
from appliance.functions.supervised import read_result
from appliance.functions.surroundings import Surroundings

log = logging.getLogger(__name__)

MOST_CHARACTERS = 20_000
"""Of a result, as JSON: a language model reads all of it, and supervisors are sent it."""


class Functions:
    """Calls a dialplan's functions by name."""

    def __init__(self, plan: Dialplan, surroundings: Surroundings | None = None) -> None:
        self._functions: Mapping[str, Function] = plan.functions
        self._around = surroundings or Surroundings(dialplan=plan.name, hours=plan.hours)
        self._executors = {name: executor_of(function, self._around) for name, function in plan.functions.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Every function there is."""
        return tuple(self._functions)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The result as JSON has it, None being "nothing found". Raises FunctionError when it was not carried out."""
        executor = self._executors.get(name)
        if executor is None:
            raise FunctionError(f"There is no function {name!r} that the bot could carry out.")
        function = self._functions[name]
        try:
            told = arguments if function.table is not None else function.arguments.read(arguments)
            result = _json(await self._run(name, executor, told, function.timeout_secs))
            return function.result.read(result) if function.result and result is not None else result
        except MisfitError as misfit:
            # In a sentence without the value: it may be what a caller has said, and sensitive.
            log.warning("the function %s failed: %s", name, misfit.plain, extra={"call_id": self._around.call_id})
            raise FunctionError(misfit.plain) from None

    def read(self, name: str, result: Any) -> Value | None:
        """What a client sent as the result of a function, as the dialplan uses it. Raises ProtocolError."""
        function = self._functions.get(name)
        return read_result(function.supervised.fields if function and function.supervised else (), result)

    async def _run(self, name: str, executor: Executor, arguments: Mapping[str, Any], secs: float) -> Any:
        told = {"call_id": self._around.call_id}
        try:
            async with asyncio.timeout(secs) as limit:
                return await executor.run(arguments)
        except ApplianceError as error:
            log.warning("the function %s failed: %s", name, error, extra=told)
            raise FunctionError(str(error)) from error
        except Exception as error:
            # Around a function call: it may be the operator's own code, and whoever can mend it has to see where.
            if limit.expired():
                log.warning("the function %s took longer than %g s", name, secs, extra=told)
                raise FunctionError(f"{name} took longer than {secs:g} s.") from None
            log.exception("the function %s broke", name, extra=told)
            raise FunctionError(f"{name} broke ({type(error).__name__}).") from error


def _json(result: Any) -> Any:
    """A result as JSON has it, None for an empty one. Raises MisfitError for what JSON has not, or at such length."""
    if result is None or result in ("", [], {}):
        return None
    if isinstance(result, str) and len(result) <= MOST_CHARACTERS // 2:
        return result
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise MisfitError("The result", f"is not what JSON has ({error})") from None
    if len(text) > MOST_CHARACTERS:
        raise MisfitError("The result", f"has {len(text)} characters, expected at most {MOST_CHARACTERS}")
    return json.loads(text)
