"""What a dialplan may say of a function."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan import Dialplan, Function, load_dialplan
from appliance.dialplan.recordings import recordings_of
from appliance.dialplan.shapes import TEXT, Shape, with_fields


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "is nothing, expected exactly one of table, supervised, http, python, hours, sms"),
        (
            {"table": {"a": "b"}, "supervised": {}},
            "is table and supervised, expected exactly one of table, supervised, http, python, hours, sms",
        ),
        ({"table": {"a": "b"}, "filler": "Wait."}, "a table answers at once, expected no `filler`"),
        (
            {"supervised": {}, "timeout_secs": 3},
            "supervisors are asked in their own way, expected no `timeout_secs` here (see `supervised`)",
        ),
    ],
)
def test_a_function_is_exactly_one_thing_and_says_only_what_that_thing_heeds(
    written: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Function.model_validate(written)
    assert [str(error["ctx"]["error"]) for error in refused.value.errors() if "ctx" in error] == [said]


def test_a_table_has_rows() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Function.model_validate({"table": {}})


def test_the_fields_of_a_result_are_those_that_every_row_has() -> None:
    table = Function.model_validate({"table": {"1": {"a": "x", "b": "y"}, "2": {"a": "x"}, "3": "text"}})
    assert (table.kind, table.result_shape(), table.named_fields()) == ("table", with_fields(("a",)), frozenset("ab"))
    asked = Function.model_validate({"supervised": {"fields": ["a"]}})
    assert (asked.kind, asked.result_shape(), asked.named_fields()) == (
        "supervised",
        with_fields(("a",)),
        frozenset("a"),
    )
    told = Function.model_validate(
        {
            "supervised": {},
            "returns": {
                "type": "array",
                "items": {"type": "object", "properties": {"day": "The day", "desk": {"type": "integer"}}},
            },
        }
    )
    slot = Shape(fields={"day": TEXT, "desk": TEXT})
    assert (told.result_shape(), told.named_fields()) == (Shape(items=slot), frozenset(("day", "desk")))


def test_a_waiting_caller_is_told_something_unless_a_function_has_words_of_its_own() -> None:
    assert list(Function.model_validate({"table": {"1": "one"}}).spoken()) == []
    asked = dict(Function.model_validate({"supervised": {}}).spoken())
    assert list(asked) == [("supervised", "say"), ("supervised", "fallback")]


PLAN = """\
name: Refunds
numbers: ["+15555550100"]
function_call_report_level: {refund: full}
functions:
  refund: {supervised: {say: "[wav:wait.wav] One moment, {{ name }}.", fallback: "[wav:sorry.wav] Nobody is there."}}
variables: {name: Sam}
steps:
  ask: {call: refund, save_as: decision, found: yes, not_found: no}
  yes: {hang_up: "It is {{ decision }}."}
  no: {hang_up: "It is {{ decision }}."}
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
