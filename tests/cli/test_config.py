"""--config."""

import argparse
import sys
from pathlib import Path

import pytest

from appliance.cli.config import add_config, command, settings_of


def test_the_file_and_the_environment_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[server]\nport = 1\n")
    monkeypatch.setenv("APPLIANCE__SERVER__HOST", "::1")
    parser = argparse.ArgumentParser()
    add_config(parser)
    server = settings_of(parser.parse_args(["--config", str(file)])).server
    assert (server.port, server.host) == (1, "::1")


@pytest.mark.parametrize(
    ("started", "config", "said"),
    [
        ("{here}/.venv/bin/appliance", None, ".venv/bin/appliance check"),
        ("{here}/.venv/bin/appliance", "/etc/a.toml", ".venv/bin/appliance check --config /etc/a.toml"),
        ("/opt/bin/appliance", "my shop.toml", "/opt/bin/appliance check --config 'my shop.toml'"),
    ],
)
def test_a_command_can_be_typed_as_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: str, config: str | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [started.format(here=tmp_path)])
    assert command("check", Path(config) if config else None) == said
