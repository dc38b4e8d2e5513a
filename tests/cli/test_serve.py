import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.serve import _welcome
from tests.server.houses import opened

CHECKOUT = Path(__file__).parents[2]


def serve(*options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to fail."""
    run = f"import sys; from appliance.cli import main; sys.exit(main(['serve', *{list(options)!r}]))"
    return subprocess.run(
        [sys.executable, "-c", run],
        cwd=CHECKOUT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_an_auth_token_it_listens_on_loopback_only_and_says_why(tmp_path: Path) -> None:
    said = serve("--host", "0.0.0.0", APPLIANCE__DATA_DIR=str(tmp_path))
    assert said.returncode == 78
    assert said.stderr == (
        "appliance: server.host is 0.0.0.0, but without twilio.auth_token nobody's requests can be told from the "
        "carrier's: expected a loopback address such as 127.0.0.1, or the auth token\n"
    )


def test_with_an_auth_token_the_public_address_must_be_known(tmp_path: Path) -> None:
    said = serve("--host", "0.0.0.0", APPLIANCE__DATA_DIR=str(tmp_path), APPLIANCE__TWILIO__AUTH_TOKEN="secret")
    assert said.returncode == 78
    assert said.stderr == (
        "appliance: server.public_base_url is missing, expected the address that the carrier signs, "
        "such as https://voice.example.com\n"
    )


def test_a_port_in_use_is_a_failed_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = serve("--port", str(port), APPLIANCE__DATA_DIR=str(tmp_path))
    assert (said.returncode, said.stderr) == (
        3,
        f"appliance: cannot listen on 127.0.0.1 port {port}: Address already in use\n",
    )


def test_a_data_directory_that_cannot_be_made_is_a_failed_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wanted = tmp_path / "file" / "data"
    said = serve("--port", "0", APPLIANCE__DATA_DIR=str(wanted))
    assert (said.returncode, said.stderr) == (3, f"appliance: data_dir {wanted} cannot be made: Not a directory\n")


@pytest.mark.parametrize("setting", ["APPLIANCE__SERVER__PORT", "APPLIANCE__LIMITS__MAX_CALLS"])
def test_a_setting_that_makes_no_sense_is_refused_by_name(tmp_path: Path, setting: str) -> None:
    said = serve(APPLIANCE__DATA_DIR=str(tmp_path), **{setting: "many"})
    assert said.returncode == 78
    assert setting in said.stderr


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setattr(sys, "argv", [str(CHECKOUT / ".venv/bin/appliance"), "serve"])


@pytest.mark.usefixtures("program")
async def test_whoever_starts_it_by_hand_gets_a_way_in_and_commands_that_work_where_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    async with opened(tmp_path) as house:
        _welcome(house, None)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("  dashboard    http://127.0.0.1:8080/sign-in?code=")
    assert lines[3:5] == [
        "  place a call .venv/bin/appliance call --to +15555550100 --wait bot --say 'opening hours' "
        "http://127.0.0.1:8080/twilio/voice",
        "  dialplans    Plan (+15555550100)",
    ]


@pytest.mark.usefixtures("program")
async def test_a_service_writes_no_way_in_into_the_journal_and_says_where_no_dialplans_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    (tmp_path / "none").mkdir()
    async with opened(tmp_path / "here", dialplans={"path": tmp_path / "none"}) as house:
        _welcome(house, Path("my own.toml"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "  dashboard    .venv/bin/appliance token link NAME --role admin --config 'my own.toml'"
    assert (
        lines[4] == f"  dialplans    none in {tmp_path / 'none'}: see .venv/bin/appliance check --config 'my own.toml'"
    )


def test_a_directory_of_dialplans_that_is_not_there_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "plans"
    said = serve("--port", "0", APPLIANCE__DATA_DIR=str(tmp_path), APPLIANCE__DIALPLANS__PATH=str(missing))
    assert (said.returncode, said.stderr) == (
        78,
        f"appliance: dialplans.path is {missing}, expected a directory that is there\n",
    )
