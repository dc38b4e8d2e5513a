"""appliance route."""

from pathlib import Path

import pytest

from appliance.cli import main

PLAN = """name: Reception
numbers: {numbers}
greeting: Welcome to {{shop}}.
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


def test_a_number_that_nobody_answers_ends_with_status_1(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(directory, '["+15555550100", "+49*"]')
    write(directory, "[]", name="bad")
    assert main(["route", "+15555550101"]) == 1
    out, err = capsys.readouterr()
    assert out == f"No dialplan in {directory} answers +15555550101\n  answered    +15555550100, +49*\n"
    assert err == f"1 problem in {directory}: see `appliance check`\n"
