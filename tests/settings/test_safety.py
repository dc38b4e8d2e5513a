from typing import Any

import pytest

from appliance.errors import SettingsError
from appliance.settings import Settings, refuse_incomplete, refuse_unsafe

PUBLIC = {"public_base_url": "https://voice.example.com"}
SECRET = {"auth_token": "secret"}


@pytest.mark.parametrize(
    ("server", "twilio"),
    [
        ({"host": "127.0.0.1"}, {}),
        ({"host": "127.9.9.9"}, {}),
        ({"host": "::1"}, {}),
        ({"host": "localhost"}, {}),
        ({"host": "127.0.0.1"}, SECRET),
        ({"host": "0.0.0.0", **PUBLIC}, SECRET),
    ],
)
def test_what_is_safe_is_served(server: dict[str, Any], twilio: dict[str, Any]) -> None:
    refuse_unsafe(Settings.model_validate({"server": server, "twilio": twilio}))


@pytest.mark.parametrize(
    ("server", "twilio", "sentence"),
    [
        ({"host": "0.0.0.0"}, {}, "server.host is 0.0.0.0, but without twilio.auth_token"),
        ({"host": "192.0.2.1", **PUBLIC}, {}, "server.host is 192.0.2.1, but without twilio.auth_token"),
        ({"host": "voice.example.com"}, {}, "server.host is voice.example.com, but without twilio.auth_token"),
        ({"host": "0.0.0.0"}, SECRET, "server.public_base_url is missing"),
    ],
)
def test_what_is_not_safe_is_refused(server: dict[str, Any], twilio: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        refuse_unsafe(Settings.model_validate({"server": server, "twilio": twilio}))


@pytest.mark.parametrize(
    ("sections", "missing"),
    [
        ({}, []),
        ({"speech": {"transcriber": "openai"}}, ["openai_stt"]),
        ({"speech": {"transcriber": "deepgram", "synthesizer": "openai"}}, ["deepgram", "openai_tts"]),
        ({"speech": {"synthesizer": "openai"}, "openai_tts": {"base_url": "http://127.0.0.1:8000/v1"}}, []),
        ({"speech": {"transcriber": "deepgram"}, "deepgram": {"api_key": "secret"}}, []),
        ({"llm": {"model": "gpt-4.1-mini"}}, ["llm"]),
        ({"speech": {"transcriber": ["embedded", "ear"]}, "engines": {"ear": {"kind": "deepgram"}}}, ["engines.ear"]),
        ({"engines": {"ear": {"kind": "deepgram"}}}, []),
    ],
)
def test_an_engine_that_is_chosen_must_have_its_key(sections: dict[str, Any], missing: list[str]) -> None:
    settings = Settings.model_validate(sections)
    if not missing:
        refuse_incomplete(settings)
        return
    with pytest.raises(SettingsError) as refused:
        refuse_incomplete(settings)
    assert [line.partition(".api_key is missing")[0] for line in str(refused.value).splitlines()] == missing
