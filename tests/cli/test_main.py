"""The root of the command line, in real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from appliance import __version__, cli
from appliance.errors import CarrierError, DialplanError, SettingsError, StartError


def ran(*arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from appliance.cli import main; sys.exit(main())", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
    )
    return done.returncode, done.stdout, done.stderr


def test_without_a_command_the_usage_is_shown() -> None:
    status, out, err = ran()
    assert (status, out, err.splitlines()[0]) == (2, "", "usage: appliance [-h] [--version] COMMAND ...")


def test_help_lists_every_command_that_is_there_with_its_meaning() -> None:
    status, out, err = ran("--help")
    assert (status, err) == (0, "")
    for name, meaning in cli.available().items():
        assert f"    {name:<10}{meaning}\n" in out
    assert {"check", "route"} <= set(cli.available()) <= set(cli.COMMANDS)


def test_every_command_that_is_there_explains_itself() -> None:
    for name in cli.available():
        status, out, err = ran(name, "--help")
        assert (status, err) == (0, ""), name
        assert out.startswith(f"usage: appliance {name} "), name


def test_the_version_is_the_installed_one() -> None:
    assert ran("--version") == (0, f"appliance {__version__}\n", "")


def test_an_unknown_command_is_a_usage_error() -> None:
    status, _, err = ran("rout")
    assert status == 2
    assert "invalid choice: 'rout'" in err


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (SettingsError("server.port: 'x', expected a number"), 78),
        (StartError("The port is in use"), 3),
        (DialplanError("a.yaml:1: bad"), 1),
        (CarrierError("It refused"), 3),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_status(
    raised: Exception, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(arguments: object) -> int:
        raise raised

    monkeypatch.setattr("appliance.cli.route.run", fails)
    assert cli.main(["route", "1"]) == status
    assert capsys.readouterr() == ("", f"appliance: {raised}\n")


def test_an_interruption_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("appliance.cli.route.run", interrupted)
    assert cli.main(["route", "1"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    code = "import sys; from appliance.cli import main; sys.exit(main())"
    shell = f'"{sys.executable}" -c "{code}" check "{tmp_path}" | true; "{sys.executable}" -c "" '
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_refused_settings_end_a_command_with_status_78(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text("[server]\nport = 99999\n")
    assert ran("route", "--config", str(file), "+15555550100") == (
        78,
        "",
        f"appliance: {file}:2: server.port: 99999, expected at most 65535\n",
    )
