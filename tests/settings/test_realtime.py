"""[engines.NAME] of kind openai-realtime."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.settings import Settings
from appliance.settings.realtime import RealtimeEngine


def given(**more: Any) -> RealtimeEngine:
    engine = Settings.model_validate({"engines": {"front": {"kind": "openai-realtime", **more}}}).engines["front"]
    assert isinstance(engine, RealtimeEngine)
    return engine


def test_the_kind_alone_is_openai_with_our_own_turns() -> None:
    engine = given(api_key="secret")
    assert (engine.base_url, engine.turn_detection) == ("wss://api.openai.com/v1/realtime", "own")
    assert "secret" not in repr(engine)


def test_it_may_be_another_server_of_its_kind() -> None:
    engine = given(base_url="ws://127.0.0.1:8080/v1/realtime/", model="own", transcription_model=None)
    assert (engine.base_url, engine.model) == ("ws://127.0.0.1:8080/v1/realtime", "own")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("base_url", "https://api.openai.com", "expected an address such as wss://api.openai.com/v1/realtime"),
        ("base_url", "wss://key@host", "not shown, expected an address without a key"),
        ("turn_detection", "theirs", "'own', 'server_vad' or 'semantic_vad'"),
        ("timeout_secs", 0, "greater than or equal to 0.5"),
        ("temperature", 1, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        given(**{key: value})
