"""What a test needs and is not there: a skip with the reason here, a failure in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.checkout import ROOT

NEEDY = """
import pytest

@pytest.mark.needs("no-such-program")
def test_marked(): ...

def test_asking(program):
    program("no/such/file")

@pytest.mark.needs("sh")
def test_lucky(program):
    assert program("sh").name == "sh"
"""


def run(where: Path, tests: str, **environ: str) -> tuple[int, list[str]]:
    """The exit status, and the lines of the summary without their beginning."""
    shutil.copy(ROOT / "tests/conftest.py", where)
    (where / "test_it.py").write_text(tests, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("APPLIANCE", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:asyncio", "-p", "no:cacheprovider", str(where)]
    done = subprocess.run(command, cwd=where, env=clean | environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_without_a_program_a_test_is_skipped_and_says_how_to_get_it(tmp_path: Path) -> None:
    status, lines = run(tmp_path, NEEDY)
    assert status == 0
    assert lines[-1].startswith("1 passed, 2 skipped")
    assert [line.split(": ", 1)[1] for line in lines if line.startswith("SKIPPED")] == [
        "no-such-program is missing here (install it)",
        "no/such/file is missing here (install it)",
    ]


def test_in_ci_a_missing_program_is_a_failure(tmp_path: Path) -> None:
    status, lines = run(tmp_path, NEEDY, APPLIANCE_CI="1")
    assert status == 1
    assert lines[-1].startswith("1 failed, 1 passed, 1 error")


@pytest.mark.parametrize(("environ", "status"), [({}, 0), ({"APPLIANCE_CI": "1"}, 5)])
def test_in_ci_a_run_that_executed_no_test_is_a_failure(tmp_path: Path, environ: dict[str, str], status: int) -> None:
    assert run(tmp_path, "import pytest\n\n@pytest.mark.skip\ndef test_idle(): ...\n", **environ)[0] == status
