"""Calls in other languages than English."""

from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan, load_dialplans
from appliance.dialplan.language import Sentences, filled, language_of
from appliance.settings import Settings

GERMAN = """\
name: Praxis
numbers: ["*"]
language: de-AT
sentences:
  misheard: Entschuldigung, da ist bei uns etwas schiefgegangen.
  cut_off: Entschuldigung, wir wurden unterbrochen.
  not_taken: Leider hat niemand abgenommen.
  go_on: Soll ich fortfahren?
  one_moment: Einen Moment bitte.
  connecting: Einen Moment bitte, ich verbinde.
  goodbye: Auf Wiederhören.
steps:
  wish:
    ask: Wollen Sie einen Termin?
    expect: {yes: {say: ja, keys: "1", next: end}, no: {say: nein, keys: "2", next: end}}
    otherwise: end
  end: {hang_up: Auf Wiederhören.}
"""
EAR = {"speech": {"transcriber": "tcp://127.0.0.1:10300"}}


def problems(tmp_path: Path, text: str, settings: Settings | None = None) -> list[str]:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    return [str(one).removeprefix(f"{tmp_path}/") for one in load_dialplans(tmp_path, settings).problems]


def test_another_language_with_all_that_it_needs_is_taken(tmp_path: Path) -> None:
    assert problems(tmp_path, GERMAN, Settings.model_validate(EAR)) == []
    loaded = load_dialplan(tmp_path / "a.yaml")
    assert not isinstance(loaded, list)
    assert loaded.plan.language == "de-AT"
    assert language_of(loaded.plan.language) == "de"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("de-AT", "German", "a.yaml:3: language: 'German', expected a language's tag such as en, de or fr-CA"),
        (
            "  goodbye: Auf Wiederhören.\n",
            "",
            "a.yaml:3: language: 'de-AT' needs sentences of its own, expected `sentences` with goodbye",
        ),
        (
            'expect: {yes: {say: ja, keys: "1", next: end}, no: {say: nein, keys: "2", next: end}}',
            "yes_no: {yes: end, no: end}",
            "a.yaml:15: steps.wish.yes_no: yes and no are heard in English alone, expected `expect` with your own "
            "words in 'de-AT'",
        ),
    ],
)
def test_what_a_language_lacks_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert problems(tmp_path, GERMAN.replace(old, new)) == [said]


def test_the_embedded_recogniser_understands_english_alone(tmp_path: Path) -> None:
    assert problems(tmp_path, GERMAN, Settings()) == [
        "a.yaml:3: language: the embedded recogniser understands English alone, expected an engine that hears 'de-AT'"
    ]
    assert problems(tmp_path, GERMAN.replace("de-AT", "en-GB"), Settings()) == []


def test_sentences_may_have_gaps() -> None:
    assert filled(Sentences(), {}) == Sentences()
    assert filled(Sentences(goodbye="Bye, {{ name }}."), {"name": "Ann"}).goodbye == "Bye, Ann."
