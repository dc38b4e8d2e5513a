"""What dialplans share, and what can go wrong with it."""

import os
from pathlib import Path

import pytest

from appliance.dialplan import LoadedDialplan, load_dialplan, load_dialplans
from appliance.settings import Settings

BYE = "bye: {hang_up: }"
ENDS = "steps:\n  bye: {hang_up: Goodbye from the shared file.}\n  person: {transfer: '+15555550199'}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plan(path: Path, top: str = "", more: str = BYE, number: str = "*") -> Path:
    steps = f"steps:\n  first: {{say: Hello., next: bye}}\n  {more}\n"
    return write(path, f'name: {path.stem}\nnumbers: ["{number}"]\n{top}\n{steps}')


def shared(tmp_path: Path, values: dict[str, str] | None = None) -> tuple[list[LoadedDialplan], list[str]]:
    settings = Settings.model_validate({"dialplans": {"path": tmp_path, "values": values or {}}})
    dialplans = load_dialplans(tmp_path, settings)
    return list(dialplans.plans), [str(problem).removeprefix(f"{tmp_path}/") for problem in dialplans.problems]


def test_defaults_hold_for_their_directory_and_those_beneath_and_the_nearest_win(tmp_path: Path) -> None:
    write(tmp_path / "defaults.yaml", "greeting: Hi.\nvoice: en-gb\nturn: {silence_secs: 1, no_input_secs: 9}\n")
    write(tmp_path / "tenant" / "defaults.yaml", "voice: en-us+f3\nturn: {no_input_secs: 7}\n")
    plan(tmp_path / "main.yaml", number="+15555550100")
    plan(tmp_path / "tenant" / "shop.yaml", "turn: {silence_secs: 2}")
    plans, problems = shared(tmp_path)
    assert problems == []
    found = {one.id: (one.plan.greeting, one.plan.voice, one.plan.turn.silence_secs, one.plan.turn.no_input_secs)
             for one in plans}  # fmt: skip
    assert found == {"main": ("Hi.", "en-gb", 1, 9), "shop": ("Hi.", "en-us+f3", 2, 7)}


def test_defaults_above_the_directory_of_the_dialplans_do_not_count(tmp_path: Path) -> None:
    write(tmp_path / "defaults.yaml", "greeting: Hi.\n")
    plan(tmp_path / "plans" / "a.yaml")
    assert shared(tmp_path / "plans")[0][0].plan.greeting is None


def test_a_single_file_is_checked_with_the_defaults_that_it_will_have(tmp_path: Path) -> None:
    write(tmp_path / "defaults.yaml", "voice: en-gb\n")
    file = plan(tmp_path / "tenant" / "a.yaml")
    settings = Settings.model_validate({"dialplans": {"path": tmp_path}})
    assert [one.plan.voice for one in load_dialplans(file, settings).plans] == ["en-gb"]


def test_what_is_included_stands_beneath_and_its_idle_steps_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "_ends.yaml", f"{ENDS}voice: en-gb\nfunction_call_report_level: {{stock: full}}\n")
    write(tmp_path / "_more.yaml", "voice: en-us+f3\nredaction: {fields: [state]}\n")
    plan(tmp_path / "a.yaml", "include: [_ends.yaml, _more.yaml]", more="")
    plans, problems = shared(tmp_path)
    assert problems == []
    assert (plans[0].plan.voice, list(plans[0].plan.steps), plans[0].plan.first_step) == (
        "en-us+f3",
        ["first", "bye"],
        "first",
    )


def test_an_included_file_includes_others(tmp_path: Path) -> None:
    write(tmp_path / "_ends.yaml", ENDS)
    write(tmp_path / "tenant" / "_all.yaml", "include: ../_ends.yaml\n")
    plan(tmp_path / "tenant" / "a.yaml", "include: _all.yaml", more="")
    plans, problems = shared(tmp_path)
    assert (problems, list(plans[0].plan.steps)) == ([], ["first", "bye"])


def test_a_problem_is_told_once_where_it_stands(tmp_path: Path) -> None:
    write(tmp_path / "defaults.yaml", "voice: en-gb\nturn:\n  silence_sec: 1\n")
    plan(tmp_path / "a.yaml", number="+15555550100")
    plan(tmp_path / "b.yaml", number="+15555550101")
    assert shared(tmp_path) == (
        [],
        ["defaults.yaml:3: turn.silence_sec: unknown key 'silence_sec', did you mean 'silence_secs'?"],
    )


def test_a_shared_step_that_leads_nowhere_is_told_in_its_own_file(tmp_path: Path) -> None:
    write(tmp_path / "_ends.yaml", "steps:\n  bye:\n    say: Bye.\n    next: ende\n  end: {hang_up: }\n")
    plan(tmp_path / "a.yaml", "include: _ends.yaml", more="")
    assert shared(tmp_path)[1] == ["_ends.yaml:4: steps.bye.next: unknown step 'ende', did you mean 'end'?"]


WRONG = {
    "_gone.yaml": "a.yaml:3: include: '_gone.yaml' is not there, expected a file beside this one",
    "other.yaml": "a.yaml:3: include: 'other.yaml', expected a YAML file whose name begins with _: "
    "others are dialplans themselves",
    "../_out.yaml": "a.yaml:3: include: '../_out.yaml' lies outside of {root}, expected a file in it",
    "/etc/_x.yaml": "a.yaml:3: include: '/etc/_x.yaml' lies outside of {root}, expected a file in it",
    "_round.yaml": "_round.yaml:1: include: '_round.yaml' includes itself (_round.yaml > _round.yaml), "
    "expected no circle",
    "_one.yaml": "_two.yaml:2: include[1]: '_one.yaml' includes itself (_one.yaml > _two.yaml > _one.yaml), "
    "expected no circle",
    "_list.yaml": "_list.yaml:1: holds no keys, expected some of a dialplan's",
    "_named.yaml": "_named.yaml:1: name: belongs to one dialplan, expected it there",
    "_broken.yaml": "_broken.yaml:2: a quote that is never closed, expected a closing quote",
    "_bomb.yaml": '_bomb.yaml:1: an unquoted * or & at the start of a value, expected it in quotes, such as "*"',
}


@pytest.mark.parametrize(("name", "said"), list(WRONG.items()))
def test_a_file_that_cannot_be_included_is_said(tmp_path: Path, name: str, said: str) -> None:
    root = tmp_path / "plans"
    write(tmp_path / "_out.yaml", "voice: en-gb\n")
    write(root / "_round.yaml", "include: _round.yaml\n")
    write(root / "_one.yaml", "include: _two.yaml\n")
    write(root / "_two.yaml", "include:\n  - _one.yaml\n")
    write(root / "_list.yaml", "- voice\n")
    write(root / "_named.yaml", "name: Shared\n")
    write(root / "_broken.yaml", 'voice: "en\n')
    write(root / "_bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    plan(root / "a.yaml", f"include: {name}")
    assert shared(root) == ([], [said.format(root=root)])


def test_a_file_that_many_include_over_many_ways_is_read_once(tmp_path: Path) -> None:
    for depth in range(40):
        write(tmp_path / f"_{depth}.yaml", f"include: [_{depth + 1}.yaml, _{depth + 1}.yaml]\n")
    write(tmp_path / "_40.yaml", "voice: en-gb\n")
    plan(tmp_path / "a.yaml", "include: _0.yaml")
    assert shared(tmp_path)[0][0].plan.voice == "en-gb"


@pytest.mark.parametrize("name", ["_part.yaml", "defaults.yaml"])
def test_what_is_shared_is_no_dialplan_itself(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name, "voice: en-gb\n")
    assert load_dialplans(tmp_path).problems == ()
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [
        f"{file}:1: is what dialplans share, expected a dialplan or a directory of them"
    ]


def test_files_that_editors_leave_are_no_dialplans(tmp_path: Path) -> None:
    plan(tmp_path / "a.yaml")
    (tmp_path / ".#a.yaml").symlink_to("someone@somewhere:1")
    write(tmp_path / "a.yaml~", "x")
    assert shared(tmp_path)[1] == []


def test_values_of_the_settings_stand_in_texts_and_numbers(tmp_path: Path) -> None:
    top = 'greeting: "${shop}, ${shop}: $${caller} and $5."\nfallback: {transfer: "${desk}"}'
    plan(tmp_path / "a.yaml", top)
    plans, problems = shared(tmp_path, {"shop": "Harper", "desk": "+1 555 555 0199"})
    assert problems == []
    assert plans[0].plan.greeting == "Harper, Harper: ${caller} and $5."
    assert plans[0].plan.fallback.transfer == "+15555550199"


def test_a_value_is_not_filled_again(tmp_path: Path) -> None:
    plan(tmp_path / "a.yaml", 'greeting: "${a}"')
    plans, _ = shared(tmp_path, {"a": "${caller}", "caller": "x"})
    assert plans[0].plan.greeting == "${caller}"


def test_a_value_that_the_settings_do_not_have_is_said(tmp_path: Path) -> None:
    plan(tmp_path / "a.yaml", "tags:\n  - x\n  - ${shpo}")
    assert shared(tmp_path, {"shop": "Harper"})[1] == [
        "a.yaml:5: tags[2]: unknown value 'shpo' of the settings' dialplans.values, did you mean 'shop'?"
    ]
    assert shared(tmp_path)[1] == [
        "a.yaml:5: tags[2]: unknown value 'shpo' of the settings' dialplans.values, expected none"
    ]


def test_values_do_not_grow_without_bounds(tmp_path: Path) -> None:
    plan(tmp_path / "a.yaml", "\n".join(["tags:", *("  - ${a}${a}${a}${a}" for _ in range(30))]))
    assert shared(tmp_path, {"a": "x" * 10_000})[1] == [
        "a.yaml:29: more than 1000000 characters with its values, expected fewer"
    ]


def test_the_settings_secrets_are_no_values(tmp_path: Path) -> None:
    plan(tmp_path / "a.yaml", "greeting: ${twilio.auth_token} ${data_dir}")
    assert [problem.split(",")[0] for problem in shared(tmp_path)[1]] == [
        "a.yaml:3: greeting: unknown value 'twilio.auth_token' of the settings' dialplans.values",
        "a.yaml:3: greeting: unknown value 'data_dir' of the settings' dialplans.values",
    ]


def test_a_dialplan_that_vanishes_while_it_is_read_is_said_and_the_others_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = plan(tmp_path / "a.yaml", number="+15555550100")
    plan(tmp_path / "b.yaml")
    read = Path.read_bytes

    def vanishing(file: Path) -> bytes:
        if file == gone:
            file.unlink()
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", vanishing)
    plans, problems = shared(tmp_path)
    assert [one.id for one in plans] == ["b"]
    assert problems == [
        "a.yaml:1: cannot be read (No such file or directory), expected a dialplan or a directory of them"
    ]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    os.mkfifo(tmp_path / "b.yaml")
    assert shared(tmp_path)[1] == [
        "a.yaml:1: cannot be read (it is no file), expected a dialplan or a directory of them",
        "b.yaml:1: cannot be read (it is no file), expected a dialplan or a directory of them",
    ]
