"""Telling systemd how we are: sd_notify over ``$NOTIFY_SOCKET``. See sd_notify(3)."""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """Sends states to systemd; does nothing when systemd did not start us."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for an abstract socket, whose name begins with a zero byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._watchdog_secs = _watchdog_secs(environ)

    @property
    def wanted(self) -> bool:
        """Whether anyone listens."""
        return bool(self._address)

    @property
    def watchdog_secs(self) -> float | None:
        """How often ``watchdog`` should be called: half of what the unit's WatchdogSec allows; None: not at all."""
        return self._watchdog_secs

    def ready(self, status: str = "") -> None:
        """Calls can come in."""
        self._send("READY=1", status)

    def stopping(self, status: str = "") -> None:
        """No new calls; live ones finish."""
        self._send("STOPPING=1", status)

    def status(self, status: str) -> None:
        """One line for ``systemctl status``."""
        self._send("", status)

    def watchdog(self) -> None:
        """Still alive."""
        self._send("WATCHDOG=1", "")

    def extend(self, secs: float) -> None:
        """Asks for ``secs`` more to start or stop."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(secs * 1_000_000)}", "")

    def _send(self, state: str, status: str) -> None:
        if not self._address:
            return
        status_line = f"STATUS={status.replace(chr(10), ' ')}" if status else ""
        message = "\n".join(line for line in (state, status_line) if line)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), self._address)
        except OSError as error:
            log.warning("systemd was not told %s: %s", state or "the status", error)


def _watchdog_secs(environ: Mapping[str, str]) -> float | None:
    allowed, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    meant_for_us = not pid or pid == str(os.getpid())
    return int(allowed) / 2_000_000 if allowed.isdecimal() and int(allowed) and meant_for_us else None
