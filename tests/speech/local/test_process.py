"""The speech server's process: as a child with a lifeline."""

import subprocess
import sys
from pathlib import Path

from appliance.speech.local.process import LISTENING

COMMAND = [sys.executable, "-m", "appliance.speech.local.process", "--port", "0", "--ears", "1"]


def children(pid: int) -> list[int]:
    """The processes that process started, by what the kernel says."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def start() -> "subprocess.Popen[str]":
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(LISTENING)
    return process


def test_it_ends_with_its_workers_when_told_to() -> None:
    with start() as process:
        workers = children(process.pid)
        assert len(workers) == 2
        process.terminate()
        assert process.wait(20) == 0
        assert not any(is_running(worker) for worker in workers)


def test_it_ends_when_its_parent_is_gone() -> None:
    with start() as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_its_workers_do_not_outlive_it_when_it_is_killed() -> None:
    with start() as process:
        workers = children(process.pid)
        process.kill()
        process.wait(20)
        # Its standard error is the workers' too: that it ends means that they have.
        for worker in workers:
            while is_running(worker):
                pass


def test_a_port_that_cannot_be_had_is_said_where_the_parent_reads() -> None:
    with start() as process:
        done = subprocess.run(
            [*COMMAND, "--port", "1", "--host", "192.0.2.1"],
            stdin=subprocess.PIPE,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        process.terminate()
        process.wait(20)
    assert done.returncode == 3
    assert done.stdout == "The speech engines cannot listen on 192.0.2.1:1: Cannot assign requested address.\n"
