from pathlib import Path

from appliance.dialplan import Function, load_dialplan
from appliance.dialplan.opening import FIELDS
from tests.dialplan.stories import loaded

PLAN = """\
name: Story
numbers: ["*"]
hours: {shop: {zone: UTC, week: {mon-fri: 9:00-18:00}}}
functions: {opening: {hours: SHOP}}
steps:
  look: {call: opening, save_as: now, found: told, not_found: told}
  told: {hang_up: "We open {{ now.next }}."}
"""


def test_its_name_is_enough_and_its_result_has_fields(tmp_path: Path) -> None:
    plan = loaded(tmp_path, PLAN.replace("SHOP", "shop")).plan
    assert plan.functions["opening"].kind == "hours"
    assert set(plan.functions["opening"].result_shape().fields or ()) == set(FIELDS)
    assert plan.functions["opening"] == Function.model_validate({"hours": {"name": "shop"}})


def test_hours_that_there_are_not_are_told(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(PLAN.replace("SHOP", "shp"))
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(one).partition(": ")[2] for one in problems] == [
        "functions.opening.hours: unknown hours 'shp', did you mean 'shop'?"
    ]
