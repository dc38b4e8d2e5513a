"""The bench's dialplans are ones that serve."""

from pathlib import Path

from appliance.bench import plans
from appliance.dialplan import Arrival, load_dialplans


def test_every_plan_serves_without_a_problem(tmp_path: Path) -> None:
    plans.write_plans(tmp_path)
    loaded = load_dialplans(tmp_path)
    assert list(loaded.problems) == []
    numbers = [plans.LOAD_NUMBER, plans.OPEN_NUMBER, plans.ORDERS_NUMBER, plans.THINGS_NUMBER]
    matches = [loaded.match(Arrival(number)) for number in numbers]
    assert [match.loaded.plan.name for match in matches if match] == ["Load", "Open", "Orders", "Things"]


def test_the_one_that_talks_with_a_model_serves_where_there_is_one(tmp_path: Path) -> None:
    plans.write_plans(tmp_path, with_model=True)
    loaded = load_dialplans(tmp_path)
    assert list(loaded.problems) == []
    match = loaded.match(Arrival(plans.MODEL_NUMBER))
    assert match is not None
    assert match.loaded.plan.name == "Model"
