"""Dialplans from files: the bad are refused, the others serve."""

from pathlib import Path

import pytest

from appliance.dialplan import Arrival, load_dialplan, load_dialplans
from appliance.dialplan.source import MAX_BYTES
from appliance.settings import Settings
from tests.dialplan.stories import EXAMPLES

GOOD = 'name: {name}\nnumbers: ["{number}"]\nsteps: {{end: {{hang_up: Bye.}}}}\n'


def write(path: Path, number: str, name: str = "Good") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD.format(name=name, number=number), encoding="utf-8")


def test_the_bad_are_refused_with_every_reason_and_the_others_serve(tmp_path: Path) -> None:
    write(tmp_path / "good.yaml", "+15555550100")
    write(tmp_path / "tenant" / "other.yml", "+15555550101")
    write(tmp_path / "bad.yaml", "5550100", name="")
    (tmp_path / "notes.txt").write_text("not a dialplan")
    dialplans = load_dialplans(tmp_path)
    assert [loaded.id for loaded in dialplans.plans] == ["good", "other"]
    assert [str(problem).removeprefix(f"{tmp_path}/") for problem in dialplans.problems] == [
        "bad.yaml:1: name: nothing, expected text (what follows a # is a comment: put it in quotes)",
        "bad.yaml:2: numbers[1]: '5550100', expected a number with + and country code such as +15555550100 "
        "(an x is any digit), a beginning such as +1555*, a name such as sales or sip:sales@example.com, or *",
    ]
    match = dialplans.match(Arrival("+15555550101"))
    assert match is not None
    assert match.loaded.plan.name == "Good"


def test_a_number_that_is_claimed_twice_is_answered_by_the_first_file(tmp_path: Path) -> None:
    write(tmp_path / "b.yaml", "+15555550100", "B")
    write(tmp_path / "a.yaml", "+1 555 555 0100", "A")
    dialplans = load_dialplans(tmp_path)
    assert [loaded.plan.name for loaded in dialplans.plans] == ["A"]
    assert [str(problem) for problem in dialplans.problems] == [
        f"{tmp_path}/b.yaml:2: numbers[1]: '+15555550100' is already answered by {tmp_path}/a.yaml:2, "
        "expected a number, `priority` or `when` of its own"
    ]


FILES = {
    b"": "1: is not a dialplan, expected keys such as name, numbers and steps",
    b"- a\n": "1: is not a dialplan, expected keys such as name, numbers and steps",
    b"hello\n": "1: is not a dialplan, expected keys such as name, numbers and steps",
    b"name: a\nx: \xff\n": "2: is not UTF-8, expected text in UTF-8",
    b"a" * (MAX_BYTES + 1): f"1: has {MAX_BYTES + 1} bytes, expected at most {MAX_BYTES}",
}


@pytest.mark.parametrize(("content", "said"), FILES.items(), ids=["empty", "list", "text", "latin", "huge"])
def test_what_is_no_dialplan_is_said_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [f"{file}:{said}"]


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert [str(problem) for problem in load_dialplans(tmp_path / "none").problems] == [
        f"{tmp_path}/none:1: cannot be read (No such file or directory), expected a dialplan or a directory of them"
    ]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.format(name="A", number="*").encode())
    assert load_dialplans(file).problems == ()


def test_an_empty_directory_serves_nothing_and_has_no_problem(tmp_path: Path) -> None:
    dialplans = load_dialplans(tmp_path)
    assert (dialplans.plans, dialplans.problems, dialplans.match(Arrival("+15555550100"))) == ((), (), None)


def test_the_examples_answer_their_numbers() -> None:
    dialplans = load_dialplans(EXAMPLES)
    assert dialplans.problems == ()
    assert {pattern: loaded.id for loaded in dialplans.plans for pattern in loaded.plan.numbers} == {
        "+15555550100": "reception",
        "+15555550101": "survey",
        "+15555550104": "voicemail",
        "+15555550105": "receptionist",
        "+15555550106": "refund",
    }


NEEDY = """\
name: Needy
numbers: ["+15555550100"]
steps:
  talk: {llm: You are kind., otherwise: end}
  end: {hang_up: Bye.}
"""


def test_an_optional_dialplan_whose_engine_is_missing_is_left_out_and_the_others_serve(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format(name="A", number="+15555550101"))
    (tmp_path / "needy.yaml").write_text(NEEDY)
    assert load_dialplans(tmp_path, Settings()).problems != ()
    (tmp_path / "needy.yaml").write_text(NEEDY + "optional: true\n")
    dialplans = load_dialplans(tmp_path, Settings())
    assert ([loaded.id for loaded in dialplans.plans], dialplans.problems) == (["a"], ())
    assert str(dialplans.left_out[0]) == (
        f"{tmp_path}/needy.yaml:4: steps.talk.llm: no language model, expected `llm.model` in the settings"
    )
    assert [loaded.id for loaded in load_dialplans(tmp_path).plans] == ["a", "needy"]


def test_an_optional_dialplan_with_a_mistake_is_refused_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "needy.yaml").write_text(NEEDY.replace("otherwise: end", "otherwise: ende") + "optional: true\n")
    dialplans = load_dialplans(tmp_path, Settings())
    assert dialplans.left_out == ()
    assert "unknown step 'ende'" in str(dialplans.problems[0])
