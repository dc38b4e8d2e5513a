"""What the gaps of a dialplan's texts may name."""

from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan
from appliance.dialplan.shapes import TEXT, with_fields
from appliance.dialplan.texts import variables_of
from tests.dialplan.stories import loaded

PLAN = """\
name: A
numbers: ["*"]
variables: {shop: Harper}
functions:
  stock: {table: {"1": {state: here, day: today}}}
  price: {table: {"1": "ten dollars"}}
anywhere: {stop: {say: stop it, next: end, set: {stopped: "yes"}}}
steps:
  q: {ask: "{{ shop }}?", digits: {from: stock}, save_as: number, otherwise: end, next: look}
  look: {call: stock, with: {number: "{{ number }}"}, save_as: item, found: cost, not_found: end}
  cost: {call: price, with: {number: "{{ number }}"}, save_as: price, found: note, not_found: end}
  note: {set: {noted: "{{ item.state }}"}, next: end}
  end: {hang_up: "GAP"}
"""


def test_every_variable_is_known_with_what_it_holds(tmp_path: Path) -> None:
    assert variables_of(loaded(tmp_path, PLAN).plan) == {
        **dict.fromkeys(("caller", "called", "shop", "stopped", "number", "price", "noted"), TEXT),
        "item": with_fields(("state", "day")),
    }


@pytest.mark.parametrize(
    ("gap", "wrong"),
    [
        ("{{ noted }}{{ caller | digits }}{{ stopped }}", []),
        ("{% for one in item %}{{ one }}{% endfor %}", []),
        ("{% set mine = item.day %}{{ mine }}", []),
        ("{% if item %}{{ item | tojson }}{% endif %}", []),
        ("{{ item }}", ["'item' has fields, expected one of item.day, item.state"]),
        ("{{ item.dai }}", ["unknown variable 'item.dai', did you mean 'item.day'?"]),
        ("{{ item['dai'] }}", ["unknown variable 'item.dai', did you mean 'item.day'?"]),
        ("{% if itme.day %}x{% endif %}", ["unknown variable 'itme', did you mean 'item'?"]),
        ("{{ price.state }}", ["unknown variable 'price.state', did you mean 'price'?"]),
        ("{{ shpo }}", ["unknown variable 'shpo', did you mean 'shop'?"]),
    ],
)
def test_a_gap_that_nothing_fills_is_refused(tmp_path: Path, gap: str, wrong: list[str]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(PLAN.replace("GAP", gap), encoding="utf-8")
    found = load_dialplan(file)
    problems = found if isinstance(found, list) else []
    assert [str(problem) for problem in problems] == [f"{file}:13: steps.end.hang_up: {what}" for what in wrong]
