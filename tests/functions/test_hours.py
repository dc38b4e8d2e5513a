import pytest

from appliance.clock import ManualClock
from appliance.dialplan import Function
from appliance.dialplan.hours import Hours
from appliance.errors import FunctionError
from appliance.functions import Surroundings
from appliance.functions.kinds import executor_of

SHOP = Hours.model_validate({"zone": "UTC", "week": {"mon-fri": "9:00-18:00"}})
LOOKUP = Function.model_validate({"hours": "shop"})


async def test_the_hours_are_told_as_they_are_when_it_is_asked() -> None:
    clock = ManualClock(9 * 3600)  # 1970 began on a Thursday
    executor = executor_of(LOOKUP, Surroundings(hours={"shop": SHOP}, clock=clock))
    assert executor is not None
    now = await executor.run({})
    assert (now["state"], now["until"], now["next"]) == ("open", "6 PM", "tomorrow at 9 AM")
    clock.advance(9 * 3600)
    later = await executor.run({})
    assert (later["state"], later["until"], later["next"]) == ("closed", "", "tomorrow at 9 AM")


async def test_without_such_hours_it_cannot_be_done() -> None:
    executor = executor_of(LOOKUP, Surroundings())
    assert executor is not None
    with pytest.raises(FunctionError, match=r"^There are no hours 'shop'\.$"):
        await executor.run({})
