"""Which executor carries out which function."""

from appliance.dialplan import Function
from appliance.dialplan.functions import KINDS
from appliance.functions import Surroundings
from appliance.functions.kinds import EXECUTORS, executor_of
from appliance.functions.table import TableExecutor


def test_every_kind_has_an_executor_but_the_one_that_clients_execute() -> None:
    assert {*EXECUTORS, "supervised"} == set(KINDS)


def test_an_executor_is_made_from_what_its_kind_says() -> None:
    table = Function.model_validate({"table": {"1": "one"}})
    assert isinstance(executor_of(table, Surroundings()), TableExecutor)
    assert executor_of(Function.model_validate({"supervised": {}}), Surroundings()) is None
