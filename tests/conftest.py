"""What all tests share: programs that may be missing, an environment without surprises, and CI's stricter rules."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
IN_CI = bool(os.environ.get("APPLIANCE_CI"))

OTHER_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome")}
HOW_TO_GET = {
    "tests/js/node_modules": "npm ci --prefix tests/js --ignore-scripts",
    ".venv-pipecat/requirements-pipecat.installed": "scripts/pipecat",
}


def found(need: str) -> Path | None:
    """The program of that name, or with a slash in it, that file of the checkout; None when it is not there."""
    if "/" in need:
        path = CHECKOUT / need
        return path if path.exists() else None
    places = (shutil.which(name) for name in OTHER_NAMES.get(need, (need,)))
    return next((Path(place) for place in places if place), None)


def demand(need: str) -> Path:
    """The path of what is needed. Without it the test is skipped, and in CI fails: nothing is skipped there."""
    path = found(need)
    if path is None:
        reason = f"{need} is missing here ({HOW_TO_GET.get(need, 'install it')})"
        if IN_CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path


@pytest.fixture
def program() -> Callable[[str], Path]:
    """``program("node")`` is the path of that program; see ``demand``."""
    return demand


@pytest.fixture(autouse=True)
def _settings_come_from_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is set where the tests run must not change what they see."""
    for name in [name for name in os.environ if name.startswith("APPLIANCE__") or name == "CREDENTIALS_DIRECTORY"]:
        monkeypatch.delenv(name)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name, ...): programs, or files of the checkout, that the test needs")
    config.pluginmanager.register(Tally(), "tally")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for need in marker.args:
            demand(need)


class Tally:
    """A run in CI that executed nothing has shown nothing."""

    def __init__(self) -> None:
        self.passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        if IN_CI and not self.passed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        return (yield)
