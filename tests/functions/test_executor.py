"""What every executor has to be."""

import inspect

from appliance.functions.executor import Executor
from appliance.functions.table import TableExecutor


def test_a_table_is_an_executor() -> None:
    executor: Executor = TableExecutor({})
    assert inspect.iscoroutinefunction(executor.run)
