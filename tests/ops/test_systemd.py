"""Telling systemd how we are, over real datagram sockets."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.ops import Notifier


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """What systemd listens on, and what it puts into $NOTIFY_SOCKET."""
    name = f"@appliance-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        listening.settimeout(5)
        yield listening, name


def test_systemd_is_told_every_state(manager: tuple[socket.socket, str]) -> None:
    listening, name = manager
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("listening on 127.0.0.1:8080")
    notifier.status("3 calls\nlive")
    notifier.watchdog()
    notifier.extend(1.5)
    notifier.stopping("draining")
    assert [listening.recv(4096) for _ in range(5)] == [
        b"READY=1\nSTATUS=listening on 127.0.0.1:8080",
        b"STATUS=3 calls live",
        b"WATCHDOG=1",
        b"EXTEND_TIMEOUT_USEC=1500000",
        b"STOPPING=1\nSTATUS=draining",
    ]


def test_without_systemd_nothing_happens() -> None:
    notifier = Notifier({})
    notifier.ready()
    assert (notifier.wanted, notifier.watchdog_secs) == (False, None)


def test_a_socket_that_is_gone_is_logged_and_does_no_harm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
    assert [record.getMessage() for record in caplog.records] == [
        "systemd was not told READY=1: [Errno 2] No such file or directory"
    ]


def test_a_manager_that_does_not_read_does_not_hold_us_up(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        for _ in range(2000):
            Notifier({"NOTIFY_SOCKET": name}).watchdog()


@pytest.mark.parametrize(
    ("environ", "secs"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_must(environ: dict[str, str], secs: float | None) -> None:
    assert Notifier(environ).watchdog_secs == secs
