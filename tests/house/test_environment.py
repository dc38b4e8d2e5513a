"""The environment that the scripts make for themselves, made for real, without any package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.checkout import ROOT


def start(venv: Path, requirements: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "scripts/environment.py"), str(venv), str(requirements)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("# nothing\n", encoding="utf-8")
    return file


def installs(*started: subprocess.Popen[str]) -> list[int]:
    """How often each has installed; all must end well."""
    said = [process.communicate(timeout=100)[1] for process in started]
    assert [process.returncode for process in started] == [0] * len(started), said
    return [text.count("Installing") for text in said]


def test_two_scripts_at_once_make_one_environment_and_a_change_of_the_pins_renews_it(
    tmp_path: Path, requirements: Path
) -> None:
    venv = tmp_path / "with a space"
    assert sorted(installs(start(venv, requirements), start(venv, requirements))) == [0, 1]
    assert installs(start(venv, requirements)) == [0]
    requirements.write_text("# something else\n", encoding="utf-8")
    assert installs(start(venv, requirements)) == [1]
    first_lines = (venv / "bin/appliance").read_text(encoding="utf-8").splitlines()[:2]
    assert first_lines == ["#!/bin/sh", f"""'''exec' "{venv}/bin/python" "$0" "$@\""""]
    (link,) = venv.glob("lib/python*/site-packages/appliance-checkout.pth")
    assert link.read_text(encoding="utf-8") == f"{ROOT}\n"


@pytest.mark.parametrize("script", ["run", "test", "check", "bench", "lock", "pipecat", "protobuf"])
def test_without_a_suitable_python_each_script_says_so_in_one_sentence(script: str, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHON": "/bin/false", "APPLIANCE_VENV": str(tmp_path / "venv")}
    done = subprocess.run([ROOT / "scripts" / script], env=environ, capture_output=True, text=True, check=False)
    expected = "PYTHON=/bin/false does not run as Python 3.11 or later with the module venv.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
