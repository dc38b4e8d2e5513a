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
