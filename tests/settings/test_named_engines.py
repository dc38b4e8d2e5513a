"""[engines.NAME]."""

from pathlib import Path

from appliance.settings import load_settings
from appliance.settings.named_engines import DOES, ChatEngine, DeepgramEngine, WyomingEngine, kinds

TOML = """\
[engines.ear]
kind = "deepgram"
patience_secs = 1.5

[engines.piper]
kind = "wyoming"
uri = "tcp://127.0.0.1:10200"
voice = "amy"

[engines.spare]
kind = "openai-chat"
model = "qwen3:8b"
base_url = "http://127.0.0.1:11434/v1"
"""


def test_entries_are_read_by_their_kind_and_get_keys_from_credentials_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "engines.ear.api_key").write_text("s3cret\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "APPLIANCE__ENGINES__SPARE__API_KEY": "other"}
    settings = load_settings(tmp_path / "a.toml", environ)
    assert "s3cret" not in repr(settings)
    assert settings.engines == {
        "ear": DeepgramEngine.model_validate({"kind": "deepgram", "patience_secs": 1.5, "api_key": "s3cret"}),
        "piper": WyomingEngine(kind="wyoming", uri="tcp://127.0.0.1:10200", voice="amy"),
        "spare": ChatEngine.model_validate(
            {"kind": "openai-chat", "model": "qwen3:8b", "base_url": "http://127.0.0.1:11434/v1", "api_key": "other"}
        ),
    }


def test_every_kind_does_something() -> None:
    assert set(kinds().values()) == set(DOES)
