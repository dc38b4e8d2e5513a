"""What the names of engines mean."""

from typing import Any

import pytest

from appliance.settings import Settings
from appliance.settings.engine_names import EngineRole
from appliance.settings.lineups import (
    Embedded,
    default_names,
    engine_of,
    hears_freely,
    patience_of,
    realtime_engines,
    wrong_lists,
    wrong_name,
    wrong_realtime,
)
from appliance.settings.named_engines import WyomingEngine

URI = "tcp://127.0.0.1:1"
EAR = {"kind": "deepgram", "api_key": "s3cret", "patience_secs": 2}
SPARE = {"kind": "openai-chat", "model": "small", "base_url": "http://127.0.0.1:1/v1"}


def given(**sections: Any) -> Settings:
    return Settings.model_validate({"engines": {"ear": EAR, "spare": SPARE}, **sections})


def test_names_mean_sections_entries_or_what_is_embedded() -> None:
    settings = given(llm={"model": "large"}, speech={"synthesizer_uri": URI})
    assert engine_of(settings, "transcriber", "wyoming") == engine_of(settings, "transcriber", "embedded") == Embedded()
    assert engine_of(settings, "synthesizer", "wyoming") == WyomingEngine(kind="wyoming", uri=URI)
    assert engine_of(settings, "transcriber", "openai") is settings.openai_stt
    assert engine_of(settings, "synthesizer", "openai") is settings.openai_tts
    assert engine_of(settings, "transcriber", "deepgram") is settings.deepgram
    assert engine_of(settings, "transcriber", "ear") is settings.engines["ear"]
    assert engine_of(settings, "llm", "llm") is settings.llm
    assert [engine_of(settings, "synthesizer", name) for name in ("ear", "deepgram", "llm", "none")] == [None] * 4


def test_an_engine_may_say_how_long_it_is_waited_for() -> None:
    assert [patience_of(one) for one in (given().engines["ear"], given().deepgram, Embedded())] == [2, None, None]


def test_without_a_list_or_a_model_there_is_no_language_model() -> None:
    assert default_names(given(), "llm") == ()
    assert default_names(given(llm={"model": "large"}), "llm") == ("llm",)
    assert default_names(given(llm={"engines": ["spare"]}), "llm") == ("spare",)


@pytest.mark.parametrize(
    ("role", "name", "said"),
    [
        ("transcriber", "ear", None),
        ("transcriber", "embedded", None),
        ("transcriber", "aer", "unknown engine 'aer', did you mean 'ear'?"),
        (
            "synthesizer",
            "ear",
            "'ear' is no engine that speaks, expected one of wyoming, embedded, openai",
        ),
        ("llm", "deepgram", "'deepgram' is no engine that is a language model, expected one of spare"),
        ("llm", "llm", "no language model, expected `llm.model` in the settings"),
        (
            "synthesizer",
            "openai",
            "openai_tts.api_key is missing, expected the key for api.openai.com, as systemd's credential "
            "openai_tts.api_key or as APPLIANCE__OPENAI_TTS__API_KEY",
        ),
    ],
)
def test_a_name_that_cannot_be_used_is_explained(role: EngineRole, name: str, said: str | None) -> None:
    assert wrong_name(given(), role, name) == said


def test_lists_are_named_with_what_is_wrong_in_them() -> None:
    settings = given(speech={"transcriber": ["ear", "spare"]}, llm={"engines": ["llm", "spare"]})
    assert list(wrong_lists(settings)) == [
        "speech.transcriber: 'spare' is no engine that listens, "
        "expected one of wyoming, embedded, openai, deepgram, ear",
        "llm.engines: no language model, expected `llm.model` in the settings",
    ]


@pytest.mark.parametrize(
    ("speech", "freely"),
    [
        ({}, False),
        ({"synthesizer_uri": URI}, False),
        ({"uri": URI}, True),
        ({"transcriber_uri": URI}, True),
        ({"transcriber": "openai"}, True),
        ({"transcriber": ["deepgram", "embedded"]}, True),
        ({"transcriber": ["embedded", "deepgram"], "uri": URI}, False),
    ],
)
def test_all_but_the_embedded_recogniser_understand_whatever_is_said(speech: dict[str, Any], freely: bool) -> None:
    settings = given(speech=speech)
    assert hears_freely(settings, default_names(settings, "transcriber")) is freely


def test_models_that_hear_and_speak_themselves_are_known_by_name() -> None:
    front = {"kind": "openai-realtime", "base_url": "ws://127.0.0.1:1"}
    settings = given(engines={"ear": EAR, "front": front})
    assert list(realtime_engines(settings)) == ["front"]
    assert wrong_realtime(settings, "front") is None
    assert wrong_realtime(settings, "frnt") == "unknown engine 'frnt', did you mean 'front'?"
    assert wrong_realtime(settings, "ear") == "'ear' is of kind deepgram, expected an engine of kind openai-realtime"
    none = "unknown engine 'front', expected one of kind openai-realtime in the settings: [engines.front]"
    assert wrong_realtime(given(), "front") == none
