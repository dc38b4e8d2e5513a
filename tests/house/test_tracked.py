"""What no tracked file may hold, because it is true on one machine only."""

import re
from pathlib import Path

import pytest

from tests.house.checkout import ROOT, tracked

FORBIDDEN = {
    "an address of a package index": re.compile(
        r"https?://(?:[\w.-]*py" + r"pi[\w.-]*|registry\.[\w.-]*npm[\w.-]*|registry\.yarnpkg\.com|[^\s\"']+/simple/?\b)"
    ),
    "an option or setting with an index's address": re.compile(
        r"--(?:extra-)?index-url[ =]\S*:/|_INDEX(?:_URL)?=[\"']?\w+:/|\"resolved\":"
    ),
    "a path of one machine": re.compile(r"(?<![\w.~$}])/(?:home|root|Users|work)/\w"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    found = []
    for path in tracked():
        try:
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # sound and pictures
        found += [f"{path}:{number}: {line}" for number, line in enumerate(lines, 1) if FORBIDDEN[what].search(line)]
    assert found == []


def test_what_is_made_is_not_tracked() -> None:
    made = {"__pycache__", "node_modules", "var", ".venv"}
    assert [path for path in tracked() if made & set(path.parts) or path.suffix == ".pyc"] == []


def test_the_pins_have_hashes() -> None:
    for name in ("requirements.txt", "requirements-test.txt", "requirements-pipecat.txt"):
        lines = (ROOT / Path(name)).read_text(encoding="utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if line and line[0] not in " #"]
        assert [lines[number] for number in pins if "==" not in lines[number]] == []
        assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []
