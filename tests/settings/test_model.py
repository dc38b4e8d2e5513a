"""All settings in one tree."""

from pathlib import Path

import pytest

from appliance.settings import ServerSettings, Settings


def test_settings_made_in_code_do_not_ask_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", '{"port": 1}')
    monkeypatch.setenv("DATA_DIR", "/elsewhere")
    assert Settings().model_dump(include={"data_dir", "server"}) == {
        "data_dir": Path("var"),
        "server": ServerSettings().model_dump(),
    }


def test_what_is_given_in_code_counts() -> None:
    assert Settings(server=ServerSettings(port=0), data_dir=Path("/x")).server.port == 0


def test_every_top_level_key_has_a_sentence() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
