"""What a well-formed dialplan may still have wrong; the texts are in mistakes.txt."""

from pathlib import Path

from appliance.dialplan import load_dialplan, phrases_of
from appliance.dialplan.checks import ways_on
from tests.dialplan.stories import ask, loaded


def test_a_question_that_only_leads_to_itself_has_no_way_out(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text('name: A\nnumbers: ["*"]\nsteps:\n  q: {ask: Well, yes_no: {yes: q, no: q}, otherwise: q}\n')
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [
        f"{file}:4: steps.q: no way out, expected a way to a step with `hang_up` or `transfer`"
    ]


def test_an_answer_that_is_good_everywhere_is_a_way_out(tmp_path: Path) -> None:
    top = "anywhere: {stop: {say: stop it now, next: end}}"
    text = f'name: A\nnumbers: ["*"]\n{top}\nsteps:\n  q: {{ask: Well, yes_no: {{yes: q, no: q}}, otherwise: q}}\n'
    plan = loaded(tmp_path, f"{text}  end: {{hang_up: }}\n").plan
    assert list(plan.steps) == ["q", "end"]


def test_every_way_on_from_a_step_is_known(tmp_path: Path) -> None:
    plan = ask(tmp_path, "yes_no: {yes: q, no: end}, expect: {a: {say: of course, next: q}}").plan
    assert sorted(ways_on(plan.steps["q"])) == [
        (("expect", "a", "next"), "q"),
        (("next",), "end"),
        (("otherwise",), "end"),
        (("yes_no", "no"), "end"),
        (("yes_no", "yes"), "q"),
    ]


def test_every_phrase_is_named_with_its_place(tmp_path: Path) -> None:
    top = "anywhere: {stop: {say: stop it, next: end}}"
    plan = ask(tmp_path, "expect: {a: {say: [of course, by all means]}}", top).plan
    assert list(phrases_of(plan)) == [
        (("anywhere", "stop", "say", 0), "stop it"),
        (("steps", "q", "expect", "a", "say", 0), "of course"),
        (("steps", "q", "expect", "a", "say", 1), "by all means"),
    ]
