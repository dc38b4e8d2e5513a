"""Which dialplan answers a number."""

from pathlib import Path

import pytest

from appliance.dialplan import Matcher
from appliance.dialplan.matcher import claimed_twice
from tests.dialplan.stories import loaded

STEPS = "steps: {end: {hang_up: }}"


def matcher(tmp_path: Path, **patterns: str) -> Matcher:
    plans = [loaded(tmp_path, f"name: {name}\nnumbers: {said}\n{STEPS}\n", name) for name, said in patterns.items()]
    assert list(claimed_twice(plans)) == []
    return Matcher(plans)


@pytest.mark.parametrize(
    ("number", "name", "pattern"),
    [
        ("+15555550100", "exact", "+15555550100"),
        ("+1 (555) 555-0100", "exact", "+15555550100"),
        ("0015555550100", "exact", "+15555550100"),
        ("+15555550101", "block", "+1555555*"),
        ("+15551230101", "area", "+1555*"),
        ("+4930123456", "rest", "*"),
        ("anonymous", "rest", "*"),
        ("", "rest", "*"),
    ],
)
def test_the_most_specific_dialplan_answers(tmp_path: Path, number: str, name: str, pattern: str) -> None:
    found = matcher(tmp_path, rest='"*"', area='"+1555*"', exact='"+15555550100"', block='"+1 555 555*"').match(number)
    assert found is not None
    assert (found.loaded.id, found.pattern) == (name, pattern)


def test_a_number_that_nobody_answers_has_no_dialplan(tmp_path: Path) -> None:
    assert matcher(tmp_path, area='"+1555*"').match("+4930123456") is None


def test_a_beginning_answers_the_number_that_it_is_itself(tmp_path: Path) -> None:
    assert matcher(tmp_path, a='"+15555550100*"').match("+15555550100") is not None


def test_a_number_that_two_dialplans_claim_is_the_first_ones(tmp_path: Path) -> None:
    first = loaded(tmp_path, f'name: A\nnumbers: ["+1555*"]\n{STEPS}\n', "a")
    second = loaded(tmp_path, f'name: B\nnumbers:\n  - "*"\n  - "+1 555*"\n{STEPS}\n', "b")
    assert [(owner.id, str(problem)) for owner, problem in claimed_twice([first, second])] == [
        (
            "b",
            f"{second.file}:4: numbers[2]: '+1555*' is already answered by {first.file}, expected a number of its own",
        )
    ]
