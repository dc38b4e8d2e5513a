"""The speech server's process: as a child with a lifeline."""

import socket
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
        assert workers
        process.kill()
        process.wait(20)
        # They see the end of their sockets when they see it: the test's own time limit is the limit.
        for worker in workers:
            while is_running(worker):
                pass


def test_a_port_that_cannot_be_had_is_said_where_the_parent_reads() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, "--port", str(port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.read() == (
                f"The speech engines cannot listen on 127.0.0.1:{port}: Address already in use.\n"
            )
            assert process.wait(20) == 3
