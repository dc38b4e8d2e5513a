"""appliance route."""

import sys
from pathlib import Path

import pytest

from appliance.cli import main

PLAN = """name: Reception
numbers: {numbers}
greeting: Welcome to {{{{ shop }}}}.
variables: {{shop: Harper}}
function_call_report_level: {{"*": name}}
fallback: {{say: Sorry.{transfer}}}
steps:
  first: {{say: You called.   , next: end}}
  end: {{hang_up: Bye.}}
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPLIANCE__DIALPLANS__PATH", str(tmp_path))
    return tmp_path


def write(directory: Path, numbers: str, name: str = "a", transfer: str = "") -> Path:
    file = directory / f"{name}.yaml"
    file.write_text(PLAN.format(numbers=numbers, transfer=transfer))
    return file


def test_a_number_has_its_dialplan_and_what_the_caller_hears(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(directory, '["+15555550100"]', transfer=', transfer: "+15555550199"')
    assert main(["route", "+1 (555) 555-0100"]) == 0
    assert capsys.readouterr() == (
        "+15555550100 is answered by Reception\n"
        f"  file        {file}\n"
        "  because     the number is listed\n"
        "  hears       Welcome to Harper.\n"
        "              You called.\n"
        "  on failure  hears 'Sorry.', then is connected with +15555550199\n"
        "  reports     *: name\n",
        "",
    )


@pytest.mark.parametrize(
    ("numbers", "why"),
    [('"+1555*"', "no pattern fits better than +1555*"), ('"*"', 'no pattern fits better than "*"')],
)
def test_a_pattern_says_why_it_was_chosen(
    directory: Path, numbers: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(directory, numbers)
    assert main(["route", "+15555550100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == f"  because     {why}"
    assert lines[5] == "  on failure  hears 'Sorry.', then the call ends"


def test_a_number_that_nobody_answers_ends_with_status_1(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["appliance", "route"])
    (directory / "shop.toml").write_text("")
    write(directory, '["+15555550100", "+49*"]')
    write(directory, "[]", name="bad")
    assert main(["route", "+15555550101", "--config", str(directory / "shop.toml")]) == 1
    out, err = capsys.readouterr()
    assert out == f"No dialplan in {directory} answers +15555550101\n  answered    +15555550100, +49*\n"
    assert err == f"1 problem in {directory}: see `appliance check --config {directory / 'shop.toml'}`\n"


OFFICE = "hours: {office: {zone: Europe/Berlin, week: {mon-fri: 9:00-18:00}}}"


def conditional(directory: Path, name: str, top: str, numbers: str = '"+15555550100"') -> None:
    text = PLAN.format(numbers=numbers, transfer="").replace("Reception", name.title())
    (directory / f"{name}.yaml").write_text(f"{text}{top}\n")


@pytest.fixture
def several(directory: Path) -> Path:
    conditional(directory, "day", f"when: {{open: office}}\n{OFFICE}")
    conditional(directory, "night", "")
    conditional(directory, "vip", 'when: {callers: "+49301234567"}\npriority: 5')
    conditional(directory, "blocked", 'when: {carriers: asterisk, not_callers: "+1*"}\npriority: 6')
    conditional(directory, "rest", "", '"*"')
    return directory


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (
            "2026-11-23T09:30+01:00",
            [
                "office: open at Monday, 2026-11-23 09:30 CET; until 6 PM",
                "never: closed at Monday, 2026-11-23 08:30 UTC",
            ],
        ),
        (
            "2026-11-22T22:30+00:00",
            [
                "office: closed at Sunday, 2026-11-22 23:30 CET; opens tomorrow at 9 AM",
                "never: closed at Sunday, 2026-11-22 22:30 UTC",
            ],
        ),
    ],
)
def test_each_of_the_dialplans_hours_is_told_as_it_is_then(
    directory: Path, at: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    conditional(directory, "desk", f"{OFFICE.removesuffix('}')}, never: {{zone: UTC, week: {{sat: closed}}}}}}")
    assert main(["route", "+15555550100", "--at", at]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("  hours ")] == [f"  hours       {one}" for one in said]


@pytest.mark.parametrize(
    ("given", "name", "others"),
    [
        (
            ["--at", "2026-11-23T08:30+00:00"],
            "Day",
            [
                "Blocked (blocked.yaml): it answers calls over asterisk, not over twilio",
                "Vip (vip.yaml): it does not answer a caller without a number (see --from)",
                "Night (night.yaml): it has no conditions, and comes after those that have",
                "Rest (rest.yaml): * says less than +15555550100",
            ],
        ),
        (
            ["--at", "2026-11-22T09:30+01:00", "--from", "+1 555 555 0123", "--carrier", "asterisk"],
            "Night",
            [
                "Blocked (blocked.yaml): it does not answer +15555550123",
                "Vip (vip.yaml): it does not answer +15555550123",
                "Day (day.yaml): 'office' is closed at Sunday, 2026-11-22 09:30 CET",
                "Rest (rest.yaml): * says less than +15555550100",
            ],
        ),
        (
            ["--at", "2026-11-23T09:30+01:00", "--from", "+49301234567"],
            "Vip",
            [
                "Blocked (blocked.yaml): it answers calls over asterisk, not over twilio",
                "Day (day.yaml): its priority is 0, less than 5",
                "Night (night.yaml): its priority is 0, less than 5",
                "Rest (rest.yaml): its priority is 0, less than 5",
            ],
        ),
    ],
    ids=["open", "closed", "caller"],
)
def test_every_other_dialplan_says_what_speaks_against_it(
    several: Path, given: list[str], name: str, others: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["route", "+15555550100", *given]) == 0
    lines = capsys.readouterr().out.replace(f"{several}/", "").splitlines()
    assert lines[0] == f"+15555550100 is answered by {name}"
    assert [line.removeprefix("  not         ") for line in lines if line.startswith("  not ")] == others


def test_a_number_that_is_claimed_but_not_answered_now_says_why(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    conditional(directory, "day", f"when: {{open: office}}\n{OFFICE}")
    conditional(directory, "night", f"when: {{closed: office, callers: [sales]}}\n{OFFICE}")
    assert main(["route", "+15555550100", "--at", "2026-07-22T18:00+02:00"]) == 1
    assert capsys.readouterr().out.replace(f"{directory}/", "") == (
        f"No dialplan in {directory} answers +15555550100\n"
        "  not         Day (day.yaml): 'office' is closed at Wednesday, 2026-07-22 18:00 CEST\n"
        "  not         Night (night.yaml): it does not answer a caller without a number (see --from)\n"
    )


def test_a_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["route", "+15555550100", "--at", "noon"])
    assert "'noon', expected a time such as 2026-12-24T10:00" in capsys.readouterr().err


def test_of_many_numbers_some_are_shown(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [f"+155555501{place:02}" for place in range(30)]
    write(directory, str(numbers))
    assert main(["route", "+4930123456"]) == 1
    assert capsys.readouterr().out.endswith(f"  answered    {', '.join(numbers[:20])} and 10 more\n")
