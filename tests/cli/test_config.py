"""--config."""

import argparse
from pathlib import Path

import pytest

from appliance.cli.config import add_config, settings_of


def test_the_file_and_the_environment_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[server]\nport = 1\n")
    monkeypatch.setenv("APPLIANCE__SERVER__HOST", "::1")
    parser = argparse.ArgumentParser()
    add_config(parser)
    server = settings_of(parser.parse_args(["--config", str(file)])).server
    assert (server.port, server.host) == (1, "::1")
