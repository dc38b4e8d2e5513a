from dataclasses import replace
from typing import Any

import pytest

from appliance.dialplan import Dialplan
from appliance.records import CallRecord, TurnRecord
from appliance.server.sight import Sight
from appliance.settings import RoleSettings
from appliance.supervision.roles import Role

PLAN = Dialplan.model_validate(
    {
        "name": "Shop",
        "numbers": ["*"],
        "function_call_report_level": {"*": "name", "price": "full", "secret": "none", "hidden": "disabled"},
        "redaction": {"kinds": ["card"]},
        "functions": {name: {"table": {"1": "x"}} for name in ("price", "weight", "secret", "hidden")},
        "steps": {
            "a": {"call": "price", "with": {"n": "1"}, "save_as": "euros", "found": "b", "not_found": "b"},
            "b": {"call": "weight", "with": {"n": "1"}, "save_as": "grams", "found": "c", "not_found": "c"},
            "c": {"hang_up": None},
        },
    }
)
VARIABLES = {"euros": "5", "grams": "7", "asked": "2"}
CALLER = "+15555550123"
CALL = CallRecord(
    "CA1", "twilio", CALLER, "+15555550100", "Shop", 1.0, metadata={"tags": ["a"], "variables": VARIABLES}
)
SAID = TurnRecord("CA1", 0, "caller", "4111 1111 1111 1111 of 555 555 0123", 1.0)
KEPT = TurnRecord("CA1", 1, "caller", "[card]", 2.0, details={"unmasked": {"text": "4111 1111 1111 1111"}})


def role(report_level: str = "full", *sees: str) -> Role:
    return Role.of("any", RoleSettings.model_validate({"report_level": report_level, "sees": sees}))


def sight(seen_by: Role, plan: Dialplan | None = PLAN) -> Sight:
    return Sight(CALL, plan, seen_by)


def function(name: str) -> TurnRecord:
    return TurnRecord("CA1", 2, "function", name, 3.0, details={"arguments": {"n": "1"}, "result": "5"})


@pytest.mark.parametrize(
    ("sees", "plan", "texts", "details"),
    [
        ((), PLAN, ["[card] of [phone]", "[card]"], {}),
        (("numbers",), PLAN, ["[card] of [phone]", "[card]"], {}),
        ((), None, ["4111 1111 1111 1111 of [phone]", "[card]"], {}),
        (("sensitive",), PLAN, ["4111 1111 1111 1111 of [phone]", "[card]"], KEPT.details),
        (("sensitive", "numbers"), PLAN, [SAID.text, "[card]"], KEPT.details),
    ],
)
def test_what_is_sensitive_now_is_masked_in_calls_of_long_ago_and_what_is_kept_is_for_those_who_may_see_it(
    sees: tuple[str, ...], plan: Dialplan | None, texts: list[str], details: dict[str, Any]
) -> None:
    turns = list(sight(role("full", *sees), plan).turns([SAID, KEPT]))
    assert [turn["text"] for turn in turns] == texts
    assert turns[1] == {
        "index": 1, "who": "caller", "text": "[card]", "started_at": 2.0, "heard": None, "details": details,
    }  # fmt: skip


@pytest.mark.parametrize(("sees", "number"), [((), "[number]"), (("numbers",), CALLER)])
def test_numbers_are_told_to_those_who_see_them(sees: tuple[str, ...], number: str) -> None:
    assert sight(role("full", *sees)).call()["caller"] == number


WHOLE = {"arguments": {"n": "1"}, "result": "5"}


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("full", [("price", WHOLE), ("weight", {}), ("", {})]),
        ("name", [("price", {}), ("weight", {}), ("", {})]),
        ("none", [("", {}), ("", {}), ("", {})]),
        ("disabled", []),
    ],
)
def test_of_function_calls_is_told_what_both_the_dialplan_and_the_role_allow(
    level: str, told: list[tuple[str, dict[str, Any]]]
) -> None:
    turns = sight(role(level, "sensitive")).turns([function(name) for name in ("price", "weight", "secret", "hidden")])
    assert [(turn["text"], turn["details"]) for turn in turns] == told


@pytest.mark.parametrize(
    ("level", "plan", "names"),
    [
        ("full", PLAN, {"euros", "asked"}),
        ("name", PLAN, {"asked"}),
        ("full", None, {"euros", "grams", "asked"}),
        ("name", None, set()),
    ],
)
def test_results_that_are_not_told_in_full_are_not_told_as_variables_either(
    level: str, plan: Dialplan | None, names: set[str]
) -> None:
    kept = CallRecord(
        "CA1",
        "twilio",
        CALLER,
        "+1",
        "Shop",
        1.0,
        metadata={"variables": VARIABLES, "unmasked": {"variables": VARIABLES}},
    )
    metadata = Sight(kept, plan, role(level, "sensitive")).call()["metadata"]
    assert set(metadata["variables"]) == set(metadata["unmasked"]["variables"]) == names
    assert "unmasked" not in Sight(kept, plan, role(level)).call()["metadata"]


@pytest.mark.parametrize(("sees", "to"), [((), "[number]"), (("numbers",), "+15555550177")])
def test_to_whom_a_call_was_passed_on_is_a_number_too(sees: tuple[str, ...], to: str) -> None:
    transfers = [{"to": "+15555550177", "result": "busy"}, {"to": "queue:support", "result": "answered"}]
    call = replace(CALL, metadata={**CALL.metadata, "transfers": transfers})
    told = Sight(call, PLAN, role("full", *sees)).call()["metadata"]["transfers"]
    assert told == [{"to": to, "result": "busy"}, {"to": "queue:support", "result": "answered"}]
