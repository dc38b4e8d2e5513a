"""What a dialplan wants of engines, held against the settings."""

from pathlib import Path
from typing import Any

import pytest

from appliance.dialplan import load_dialplans
from appliance.dialplan.engine_checks import engine_names, uses_embedded
from appliance.settings import Settings

SETTINGS: dict[str, Any] = {
    "speech": {"transcriber": ["ear", "embedded"]},
    "engines": {
        "ear": {"kind": "deepgram", "api_key": "s3cret"},
        "keyless": {"kind": "deepgram"},
        "front": {"kind": "openai-realtime", "base_url": "ws://127.0.0.1:1"},
        "frontless": {"kind": "openai-realtime"},
        "piper": {"kind": "wyoming", "uri": "tcp://127.0.0.1:1"},
        "spare": {"kind": "openai-chat", "model": "small", "base_url": "http://127.0.0.1:1/v1"},
    },
}
PLAN = """\
name: Test
numbers: ["+15555550100"]
engines:
  transcriber: ear
  synthesizer: [piper, embedded]
  llm: [spare]
voice: {piper: amy, embedded: en-us}
steps:
  talk: {llm: You are kind., otherwise: end}
  end: {hang_up: Bye.}
"""
MISTAKES = {
    ("transcriber: ear", "transcriber: aer"): "4: engines.transcriber[1]: unknown engine 'aer', did you mean 'ear'?",
    ("[spare]", "[spare, ear]"): (
        "6: engines.llm[2]: 'ear' is no engine that is a language model, expected one of spare"
    ),
    ("transcriber: ear", "transcriber: keyless"): (
        "4: engines.transcriber[1]: engines.keyless.api_key is missing, expected the key for api.deepgram.com, as "
        "systemd's credential engines.keyless.api_key or as APPLIANCE__ENGINES__KEYLESS__API_KEY"
    ),
    ("piper: amy", "pipre: amy"): "7: voice.pipre: unknown engine 'pipre', did you mean 'piper'?",
    ("  llm: [spare]\n", ""): "8: steps.talk.llm: no language model, expected `llm.model` in the settings",
    ("transcriber: ear", "transcriber: embedded"): (
        "9: steps.talk.llm: the embedded recogniser hears only answers that are expected, not what a caller says "
        "freely: expected an engine that does (`speech.transcriber` or `speech.uri` in the settings)"
    ),
    ("{llm: You are kind.,", "{llm: {prompt: Be kind., engine: fronts},"): (
        "9: steps.talk.llm.engine: unknown engine 'fronts', did you mean 'front'?"
    ),
    ("{llm: You are kind.,", "{llm: {prompt: Be kind., engine: spare},"): (
        "9: steps.talk.llm.engine: 'spare' is of kind openai-chat, expected an engine of kind openai-realtime"
    ),
    ("{llm: You are kind.,", "{llm: {prompt: Be kind., engine: frontless},"): (
        "9: steps.talk.llm.engine: engines.frontless.api_key is missing, expected the key for api.openai.com, as "
        "systemd's credential engines.frontless.api_key or as APPLIANCE__ENGINES__FRONTLESS__API_KEY"
    ),
    ("{llm: You are kind.,", "{llm: {prompt: Be kind., engine: front, model: small},"): (
        "9: steps.talk.llm: has an `engine` that knows its model, expected no `model`"
    ),
    ("llm: [spare]", "llm: [spare, front]"): (
        "6: engines.llm[2]: 'front' is no engine that is a language model, expected one of spare"
    ),
    ("[spare]", "[spare, spare]"): "6: engines.llm: 'spare' twice, expected each engine once",
}


@pytest.mark.parametrize(("change", "said"), MISTAKES.items(), ids=lambda value: str(value[-1]))
def test_each_mistake_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    file = tmp_path / "a.yaml"
    assert change[0] in PLAN
    file.write_text(PLAN.replace(*change, 1))
    found = load_dialplans(tmp_path, Settings.model_validate(SETTINGS))
    assert ([str(problem).removeprefix(f"{file}:") for problem in found.problems], found.plans) == ([said], ())


def test_a_dialplans_engines_are_its_own_or_those_of_the_settings(tmp_path: Path) -> None:
    settings = Settings.model_validate(SETTINGS)
    (tmp_path / "a.yaml").write_text(PLAN)
    (tmp_path / "b.yaml").write_text('name: B\nnumbers: ["*"]\nsteps: {end: {hang_up: Bye.}}\n')
    found = load_dialplans(tmp_path, settings)
    assert found.problems == ()
    own, default = (loaded.plan for loaded in found.plans)
    assert [engine_names(own, settings, role) for role in ("transcriber", "synthesizer", "llm")] == [
        ("ear",),
        ("piper", "embedded"),
        ("spare",),
    ]
    assert [engine_names(default, settings, role) for role in ("transcriber", "llm")] == [("ear", "embedded"), ()]
    assert [uses_embedded(plan, settings, "transcriber") for plan in (own, default)] == [False, True]


def test_a_model_that_hears_and_speaks_itself_needs_neither_a_language_model_nor_an_ear(tmp_path: Path) -> None:
    plan = PLAN.replace("{llm: You are kind.,", "{llm: {prompt: Be kind., engine: front},")
    (tmp_path / "a.yaml").write_text(
        plan.replace("  llm: [spare]\n", "").replace("transcriber: ear", "transcriber: embedded")
    )
    found = load_dialplans(tmp_path, Settings.model_validate(SETTINGS))
    assert found.problems == ()
