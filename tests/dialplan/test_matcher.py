"""Which dialplan answers a number."""

from pathlib import Path

import pytest

from appliance.dialplan import Arrival, LoadedDialplan, Matcher
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
    found = matcher(tmp_path, rest='"*"', area='"+1555*"', exact='"+15555550100"', block='"+1 555 555*"').match(
        Arrival(number)
    )
    assert found is not None
    assert (found.loaded.id, found.pattern) == (name, pattern)


def test_a_number_that_nobody_answers_has_no_dialplan(tmp_path: Path) -> None:
    assert matcher(tmp_path, area='"+1555*"').match(Arrival("+4930123456")) is None


def test_a_beginning_answers_the_number_that_it_is_itself(tmp_path: Path) -> None:
    assert matcher(tmp_path, a='"+15555550100*"').match(Arrival("+15555550100")) is not None


def test_a_number_that_two_dialplans_claim_is_the_first_ones(tmp_path: Path) -> None:
    first = loaded(tmp_path, f'name: A\nnumbers: ["+1555*"]\n{STEPS}\n', "a")
    second = loaded(tmp_path, f'name: B\nnumbers:\n  - "*"\n  - "+1 555*"\n{STEPS}\n', "b")
    assert [(owner.id, str(problem)) for owner, problem in claimed_twice([first, second])] == [
        (
            "b",
            f"{second.file}:4: numbers[2]: '+1555*' is already answered by {first.file}:2, "
            "expected a number, `priority` or `when` of its own",
        )
    ]


OFFICE = "hours: {office: {zone: UTC, week: {mon-fri: 9:00-18:00}}}"
MORNING = "hours: {early: {zone: UTC, week: {mon-fri: 6:00-9:00}}}"
MONDAY_NOON, MONDAY_NIGHT, MONDAY_MORNING = 1_782_734_400.0, 1_782_684_000.0, 1_782_714_600.0


def plan(tmp_path: Path, name: str, top: str, numbers: str = '"+1555*"') -> LoadedDialplan:
    return loaded(tmp_path, f"name: {name}\nnumbers: {numbers}\n{top}\n{STEPS}\n", name)


def answering(matcher: Matcher, caller: str = "", at: float = MONDAY_NOON, called: str = "+15555550100") -> str | None:
    found = matcher.match(Arrival(called, caller, "twilio", at))
    return found.loaded.plan.name if found else None


def test_a_dialplan_with_conditions_goes_before_the_one_that_has_none(tmp_path: Path) -> None:
    plans = [plan(tmp_path, "night", ""), plan(tmp_path, "day", f"when: {{open: office}}\n{OFFICE}")]
    assert list(claimed_twice(plans)) == []
    assert [answering(Matcher(plans), at=at) for at in (MONDAY_NOON, MONDAY_NIGHT)] == ["day", "night"]


def test_the_highest_priority_answers_whatever_the_patterns_say(tmp_path: Path) -> None:
    plans = [plan(tmp_path, "number", "", '"+15555550100"'), plan(tmp_path, "all", "priority: 1", '"*"')]
    assert answering(Matcher(plans)) == "all"


def test_a_pattern_with_more_digits_goes_first(tmp_path: Path) -> None:
    numbers = {"wide": '"+1555*"', "some": '"+1555555xxxx"', "few": '"+155555501xx"', "short": '"+155555501*"'}
    plans = [plan(tmp_path, name, "", said) for name, said in numbers.items()]
    found = Matcher(plans).candidates("+15555550100")
    assert [claim.loaded.plan.name for claim in found] == ["few", "short", "some", "wide"]


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("sip:sales@example.com", "whole"),
        ("<sip:Sales@Example.com:5060;transport=tls>", "whole"),
        ("sip:sales@elsewhere.org", "name"),
        ("Sales", "name"),
        ("sip:bob@example.com", "host"),
        ("sip:+15555550100@elsewhere.org", "number"),
        ("sip:bob@elsewhere.org", None),
    ],
)
def test_sip_addresses_are_answered_by_address_name_number_or_host(
    tmp_path: Path, called: str, name: str | None
) -> None:
    numbers = {"whole": "sip:sales@example.com", "name": "sales", "host": '"sip:*@example.com"', "number": '"+1555*"'}
    plans = [plan(tmp_path, one, "", said) for one, said in numbers.items()]
    assert answering(Matcher(plans), called=called) == name


def test_callers_choose_among_dialplans_for_one_number(tmp_path: Path) -> None:
    plans = [
        plan(tmp_path, "vip", 'when: {callers: ["+49301234567", anonymous]}'),
        plan(tmp_path, "german", 'when: {callers: ["+49*"], not_callers: ["+49301234567"]}'),
        plan(tmp_path, "rest", ""),
    ]
    assert list(claimed_twice(plans)) == []
    callers = ("+49301234567", "+4930999999", "Anonymous", "+33123456789", "")
    assert [answering(Matcher(plans), caller) for caller in callers] == ["vip", "german", "vip", "rest", "rest"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "priority: 1"),
        ("", "when: {carriers: twilio}"),
        ("when: {carriers: twilio}", "when: {carriers: asterisk}"),
        ('when: {callers: "+49*"}', 'when: {callers: ["+33*", "+48*"]}'),
        (f"when: {{open: office}}\n{OFFICE}", f"when: {{closed: office}}\n{OFFICE}"),
        (f"when: {{open: office}}\n{OFFICE}", f"when: {{open: early}}\n{MORNING}"),
    ],
)
def test_two_may_claim_a_number_when_no_call_is_both_theirs(tmp_path: Path, one: str, other: str) -> None:
    plans = [plan(tmp_path, "a", one), plan(tmp_path, "b", other)]
    assert list(claimed_twice(plans)) == list(claimed_twice(plans[::-1])) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("when: {carriers: twilio}", "when: {carriers: [asterisk, twilio]}"),
        ('when: {callers: "+49*"}', 'when: {callers: ["+4930*"]}'),
        ('when: {callers: "+49*"}', "when: {carriers: twilio}"),
        (f"when: {{open: office}}\n{OFFICE}", f"when: {{open: early}}\n{MORNING.replace('9:00', '9:01')}"),
        (f"when: {{open: office}}\n{OFFICE}", f"when: {{closed: early}}\n{MORNING}"),
    ],
)
def test_two_must_not_claim_a_number_when_some_call_may_be_both_theirs(tmp_path: Path, one: str, other: str) -> None:
    plans = [plan(tmp_path, "a", one), plan(tmp_path, "b", other)]
    assert [problem.where for _, problem in claimed_twice(plans)] == ["numbers[1]"]


def test_it_says_which_condition_does_not_hold(tmp_path: Path) -> None:
    found = Matcher([plan(tmp_path, "a", 'when: {callers: "+49*", carriers: twilio}')]).candidates("+15555550100")
    claim = next(found)
    arrivals = [Arrival("", "+4930123456", "twilio"), Arrival("", "", "twilio"), Arrival("", "+4930123456", "pbx")]
    assert [claim.unmet(arrival) for arrival in arrivals] == [None, "callers", "carriers"]
