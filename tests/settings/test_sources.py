"""Where each value was written."""

from pathlib import Path

import pytest

from appliance.errors import SettingsError
from appliance.settings import Settings
from appliance.settings.sources import CredentialsSource, EnvironmentSource, FileSource


def test_the_file_knows_the_line_of_each_key(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('data_dir = "x"\n\n[server] # here\n  port=1\n\n[ log ]\nlevel = "info"\nspeech.ears = 2\n')
    source = FileSource(Settings, file)
    places = [source.place(path) for path in (("data_dir",), ("server",), ("server", "port"), ("log", "level"), ("x",))]
    assert places == [f"{file}:{line}" for line in (1, 3, 4, 7, 1)]
    assert source.place(("log", "speech", "ears")) == f"{file}:8"


def test_the_environment_gives_trees_and_remembers_names() -> None:
    source = EnvironmentSource(Settings, {"APPLIANCE__SERVER__PORT": "1", "APPLIANCE__DATA_DIR": "/d", "OTHER": "x"})
    assert source() == {"server": {"port": "1"}, "data_dir": "/d"}
    assert source.place(("server", "port")) == "environment APPLIANCE__SERVER__PORT"
    assert source.place(("server",)) == "environment APPLIANCE__SERVER__PORT"


def test_a_section_that_is_also_a_value_is_refused() -> None:
    environ = {"APPLIANCE__SERVER": "1", "APPLIANCE__SERVER__PORT": "1"}
    with pytest.raises(SettingsError) as refused:
        EnvironmentSource(Settings, environ)
    assert str(refused.value) == (
        "environment APPLIANCE__SERVER__PORT: server.port: server is a value, expected a section"
    )


def test_credentials_are_files_named_by_section_and_key(tmp_path: Path) -> None:
    (tmp_path / "twilio.auth_token").write_text("secret\n")
    (tmp_path / "unrelated.pem").write_text("x")
    (tmp_path / "twilio").write_text("x")
    assert CredentialsSource(Settings, tmp_path)() == {"twilio": {"auth_token": "secret"}}


def test_a_credential_that_is_not_text_is_refused_without_its_value(tmp_path: Path) -> None:
    (tmp_path / "twilio.auth_token").write_bytes(b"\xff")
    with pytest.raises(SettingsError) as refused:
        CredentialsSource(Settings, tmp_path)
    assert str(refused.value) == "credential twilio.auth_token: cannot be read, expected UTF-8 text"


def test_without_a_credentials_directory_there_are_none(tmp_path: Path) -> None:
    assert CredentialsSource(Settings, tmp_path / "none")() == CredentialsSource(Settings, None)() == {}
