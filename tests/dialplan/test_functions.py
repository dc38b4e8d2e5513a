"""What a dialplan may say of a function."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan import Dialplan, Function, load_dialplan
from appliance.dialplan.recordings import recordings_of


@pytest.mark.parametrize("written", [None, {}])
def test_a_supervised_function_may_leave_everything_open(written: dict[str, Any] | None) -> None:
    assert Function.model_validate({"supervised": written}).model_dump() == {
        "description": "",
        "parameters": {},
        "table": None,
        "supervised": {
            "timeout_secs": 30.0,
            "say": "One moment please, I am asking a colleague.",
            "fallback": "I am sorry, I cannot reach anybody who could answer that.",
            "fields": (),
        },
    }


def test_a_single_field_needs_no_list() -> None:
    function = Function.model_validate({"supervised": {"fields": "state", "timeout_secs": "5"}})
    assert function.supervised is not None
    assert (function.supervised.fields, function.supervised.timeout_secs) == (("state",), 5)


@pytest.mark.parametrize("written", [{}, {"table": {"a": "b"}, "supervised": {}}, {"table": {}}])
def test_a_function_is_exactly_one_thing(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Function.model_validate(written)


PLAN = """\
name: Refunds
numbers: ["+15555550100"]
function_call_report_level: {refund: full}
functions:
  refund: {supervised: {say: "[wav:wait.wav] One moment, {name}.", fallback: "[wav:sorry.wav] Nobody is there."}}
variables: {name: Sam}
steps:
  ask: {call: refund, save_as: decision, found: yes, not_found: no}
  yes: {hang_up: "It is {decision}."}
  no: {hang_up: "It is {decision}."}
"""


def test_a_supervised_function_takes_any_number_of_arguments_and_may_play_recordings(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN)
    loaded = load_dialplan(tmp_path / "plan.yaml")
    assert not isinstance(loaded, list), loaded
    assert list(recordings_of(loaded.plan)) == [
        (("functions", "refund", "supervised", "say"), "wait.wav"),
        (("functions", "refund", "supervised", "fallback"), "sorry.wav"),
    ]


@pytest.mark.parametrize(
    ("levels", "level"),
    [({}, "none"), ({"*": "name"}, "name"), ({"*": "name", "f": "full"}, "full"), ({"g": "full"}, "none")],
)
def test_a_function_has_its_own_level_or_that_of_all_others(levels: dict[str, str], level: str) -> None:
    shortest = {"name": "x", "numbers": ["*"], "steps": {"end": {"hang_up": None}}}
    assert Dialplan.model_validate(shortest | {"function_call_report_level": levels}).report_level("f") == level
