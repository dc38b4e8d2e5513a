import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.audio.wav import read_wav
from appliance.cli.demo import ANSWERS

CHECKOUT = Path(__file__).parents[2]
ATTEMPTS = 3
"""The embedded recogniser refuses one expected answer in twenty-five, and the demo's caller says nothing twice."""


def demo(data_dir: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """``appliance serve --demo`` as an operator runs it, on a free port."""
    environ = {**os.environ, "APPLIANCE__DATA_DIR": str(data_dir), **settings}
    run = "import sys; from appliance.cli import main; sys.exit(main(['serve', '--demo', '--port', '0']))"
    return subprocess.run(
        [sys.executable, "-c", run], cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=110, check=False
    )


def test_the_demo_is_understood_interrupted_and_completed(tmp_path: Path) -> None:
    for attempt in range(ATTEMPTS):
        said = demo(tmp_path / str(attempt))
        if said.returncode == 0:
            break
    assert said.returncode == 0, said.stdout + said.stderr
    assert "out of order" not in said.stderr
    assert "(the bot is interrupted)" in said.stdout
    assert "Your order was shipped yesterday." in said.stdout
    assert said.stdout.rstrip().endswith("The demo went well.")
    heard = read_wav(tmp_path / str(attempt) / "demo.wav")
    assert (heard.rate_hz, heard.channels) == (8000, 2)
    assert heard.secs > 15


def test_without_a_recogniser_the_demo_fails_and_says_so(tmp_path: Path) -> None:
    said = demo(tmp_path, APPLIANCE__SPEECH__TRANSCRIBER_URI="tcp://127.0.0.1:9")
    assert said.returncode == 4, said.stdout + said.stderr
    assert "PROBLEM  order 4711 was not looked up: the function's results were []" in said.stdout
    assert said.stdout.rstrip().endswith("The demo FAILED.")


def test_ctrl_c_ends_the_demo_without_tracebacks(tmp_path: Path) -> None:
    environ = {**os.environ, "APPLIANCE__DATA_DIR": str(tmp_path)}
    run = "import sys; from appliance.cli import main; sys.exit(main(['serve', '--demo', '--port', '0']))"
    with subprocess.Popen(
        [sys.executable, "-c", run],
        cwd=CHECKOUT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of its own, as in a terminal
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any("  bot  " in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()
    assert (process.returncode, "Traceback" in said, "never retrieved" in said) == (130, False, False), said


@pytest.mark.parametrize("question", ["Would you like our opening hours, press 1?", "Order 4, 7, 1, 1. Is that right?"])
def test_the_caller_has_an_answer_for_every_question_of_the_story(question: str) -> None:
    assert next((answer for fragment, answer in ANSWERS if fragment in question), None) is not None


def test_a_wrong_read_back_is_denied() -> None:
    read_back = "Order 2, 5, 8, 0. Is that right?"
    assert next(answer for fragment, answer in ANSWERS if fragment in read_back) == "no thanks"
