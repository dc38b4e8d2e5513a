"""What steps of language models have wrong, each with everything that is said about it."""

from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan, load_dialplans
from appliance.settings import LLMSettings, Settings, SpeechSettings

GOOD = """\
name: Test
numbers: ["+15555550100"]
functions:
  stock: {table: {"12": here}, parameters: {number: The order's number}}
  done: {table: {"12": here}}
steps:
  talk:
    llm: {prompt: You are {{ caller }}'s friend.}
    functions: [stock]
    may: [hang_up, transfer]
    transfer_to: {sales: "+15555550199"}
    done: {booked: end, lost: end}
    collect: {day: The day}
    save_as: outcome
    otherwise: end
  end: {hang_up: "Until {{ day }}."}
""".replace("{prompt: You are {{ caller }}'s friend.}", '{prompt: "You are {{ caller }}\'s friend."}')

MISTAKES = {
    ("functions: [stock]", "functions: [stok]"): [
        "9: steps.talk.functions[1]: unknown function 'stok', did you mean 'stock'?"
    ],
    ("functions: [stock]", "functions: [stock, done]"): [
        "9: steps.talk.functions[2]: 'done' is how a language model ends its part, expected another name"
    ],
    ("number: The order's number", "a: One, b: Two"): [
        "4: functions.stock.parameters: a table is looked up with one value, expected one parameter and not 2"
    ],
    ('    transfer_to: {sales: "+15555550199"}\n', ""): [
        "10: steps.talk.may: nobody to transfer to, expected `transfer_to` or the dialplan's `fallback.transfer`"
    ],
    ("booked: end", "booked: ende"): ["12: steps.talk.done.booked: unknown step 'ende', did you mean 'end'?"],
    ("    done: {booked: end, lost: end}\n", ""): [
        "7: steps.talk: is never handed back, expected `done` besides `collect` or `save_as`"
    ],
    ("may: [hang_up, transfer]", "may: hang_up"): [
        "7: steps.talk: is never transferred, expected `may: [transfer]` besides `transfer_to`"
    ],
    ("may: [hang_up, transfer]", "may: [hangup, transfer]"): [
        "10: steps.talk.may[1]: 'hangup', expected 'hang_up' or 'transfer'"
    ],
    ("{{ caller }}", "{{ callr }}"): ["8: steps.talk.llm.prompt: unknown variable 'callr', did you mean 'caller'?"],
    ('{prompt: "You', '{promt: "You'): [
        "8: steps.talk.llm.prompt: is missing, expected who it is, what it knows and what it is to do",
        "8: steps.talk.llm.promt: unknown key 'promt', did you mean 'prompt'?",
    ],
}
NO_MODEL = "8: steps.talk.llm: no language model, expected `llm.model` in the settings"
NO_EAR = (
    "8: steps.talk.llm: the embedded recogniser hears only answers that are expected, not what a caller says freely: "
    "expected an engine that does (`speech.transcriber` or `speech.uri` in the settings)"
)


@pytest.mark.parametrize(("change", "said"), MISTAKES.items(), ids=lambda value: str(value[-1]))
def test_each_mistake_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], said: list[str]) -> None:
    file = tmp_path / "a.yaml"
    assert change[0] in GOOD
    file.write_text(GOOD.replace(*change, 1))
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem).removeprefix(f"{file}:") for problem in problems] == said


@pytest.mark.parametrize(
    ("model", "ear", "said"),
    [(None, None, [NO_MODEL, NO_EAR]), ("small", None, [NO_EAR]), (None, "tcp://127.0.0.1:1", [NO_MODEL])],
)
def test_what_the_settings_lack_is_said_and_the_dialplan_does_not_serve(
    tmp_path: Path, model: str | None, ear: str | None, said: list[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD)
    settings = Settings(llm=LLMSettings(model=model), speech=SpeechSettings(transcriber_uri=ear))
    found = load_dialplans(tmp_path, settings)
    assert [str(problem).removeprefix(f"{file}:") for problem in found.problems] == said
    assert found.plans == ()


def test_with_a_model_and_an_ear_it_serves(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    settings = Settings(llm=LLMSettings(model="small"), speech=SpeechSettings(uri="tcp://127.0.0.1:1"))
    found = load_dialplans(tmp_path, settings)
    assert ([loaded.id for loaded in found.plans], found.problems) == (["a"], ())


def test_dialplans_without_language_models_need_neither(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('name: A\nnumbers: ["*"]\nsteps: {end: {hang_up: Bye.}}\n')
    assert len(load_dialplans(tmp_path, Settings()).plans) == 1
