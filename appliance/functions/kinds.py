"""The executor of each kind of function."""

from collections.abc import Callable, Mapping
from typing import Any

from appliance.dialplan import Function
from appliance.functions.executor import Executor
from appliance.functions.surroundings import Surroundings
from appliance.functions.table import TableExecutor

EXECUTORS: Mapping[str, Callable[[Any, Surroundings], Executor]] = {
    "table": lambda table, surroundings: TableExecutor(table),
}
"""From what the dialplan says of the kind, and the call's surroundings. `supervised` has none: clients execute it."""


def executor_of(function: Function, surroundings: Surroundings) -> Executor | None:
    """What carries a function out; None where a supervisor's client does."""
    make = EXECUTORS.get(function.kind)
    return make(getattr(function, function.kind), surroundings) if make else None
