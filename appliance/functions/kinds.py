"""The executor of each kind of function."""

from collections.abc import Callable, Mapping

from appliance.dialplan import Function
from appliance.functions.executor import Executor
from appliance.functions.hours import HoursExecutor
from appliance.functions.python import PythonExecutor
from appliance.functions.sms import SmsExecutor
from appliance.functions.surroundings import Surroundings
from appliance.functions.table import TableExecutor


def _http(function: Function, surroundings: Surroundings) -> Executor:
    from appliance.functions.http import HttpExecutor  # Takes a third of a second, and many never need it.

    return HttpExecutor(function, surroundings)


EXECUTORS: Mapping[str, Callable[[Function, Surroundings], Executor]] = {
    "hours": HoursExecutor,
    "table": lambda function, surroundings: TableExecutor(function.table or {}),
    "http": _http,
    "python": PythonExecutor,
    "sms": SmsExecutor,
}
"""From the dialplan's function and the call's surroundings. `supervised` has none: clients execute it."""


def executor_of(function: Function, surroundings: Surroundings) -> Executor | None:
    """What carries a function out; None where a supervisor's client does."""
    make = EXECUTORS.get(function.kind)
    return make(function, surroundings) if make else None
