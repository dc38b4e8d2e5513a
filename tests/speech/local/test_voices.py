"""The embedded engine's voices, without the engine."""

import pytest

from appliance.speech.local.espeak import Espeak
from appliance.speech.local.voices import known_voices, variants, wrong_with_voice


def test_they_are_the_ones_that_the_engine_itself_lists() -> None:
    engine = Espeak()
    listed = {name for one in engine.voices for name in (one.name, one.identifier, one.description, *one.languages)}
    assert {name.lower().strip() for name in listed} == {name.strip() for name in known_voices()}
    assert variants() == engine._variants


@pytest.mark.parametrize("voice", ["en-us", "EN_US", "en-us+f3", "de", "English (America)", "gmw/en-US"])
def test_voices_that_there_are_are_taken(voice: str) -> None:
    assert wrong_with_voice(voice) is None


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ("en-uss", "the embedded engine has no voice 'en-uss', did you mean 'en-us'?"),
        ("alloy", "the embedded engine has no voice 'alloy', expected one such as en-us, en-gb or de"),
        ("en-us+f33", "the embedded engine has no variant 'f33' of a voice, did you mean 'f3'?"),
        ("en-us+", "the embedded engine has no variant '' of a voice, expected one such as f3 or m3"),
    ],
)
def test_others_are_refused_with_what_may_be_meant(voice: str, said: str) -> None:
    assert wrong_with_voice(voice) == said
