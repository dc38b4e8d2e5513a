"""The service as the bench runs it differs from the real one only in its limits and engines."""

from pathlib import Path

import pytest

from appliance.bench.server import engines_of, parser, settings_of
from appliance.settings import Settings

GIVEN = ["--data", "/d", "--dialplans", "/p"]


@pytest.mark.parametrize(
    ("engines", "uri", "canned"),
    [("canned", None, True), ("embedded", None, False), ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", False)],
)
def test_the_engines_are_those_that_were_asked_for(engines: str, uri: str | None, canned: bool) -> None:
    options = parser().parse_args([*GIVEN, "--engines", engines])
    assert settings_of(options).speech.uri == uri
    assert (engines_of(options) is not None) == canned


def test_nothing_else_differs_from_the_defaults() -> None:
    settings, defaults = settings_of(parser().parse_args(GIVEN)), Settings()
    assert (settings.data_dir, settings.dialplans.path) == (Path("/d"), Path("/p"))
    assert (settings.server, settings.twilio, settings.speech) == (defaults.server, defaults.twilio, defaults.speech)


def test_servers_of_deepgrams_and_openais_kind_are_at_one_address() -> None:
    settings = settings_of(parser().parse_args([*GIVEN, "--engines", "http://127.0.0.1:1"]))
    assert (settings.speech.transcriber, settings.speech.synthesizer) == (("deepgram",), ("openai",))
    assert settings.deepgram.base_url == "ws://127.0.0.1:1/v1/listen"
    assert (settings.openai_tts.base_url, settings.llm.base_url) == ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1")
