"""The HTTP session of all calls' functions, which reaches nothing within the operator's own walls unless it may.

A name is looked up once, and every address is looked at where the socket for it is made: whatever a name leads to, now
or a moment later, there is no other way out. A proxy of the environment's is not used.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from appliance.settings.reach import Reach

MOST_CONNECTIONS = 200
MOST_TO_ONE_HOST = 50
CONNECT_SECS = 5.0
KEEP_SECS = 4.0
"""How long a connection is kept: less than the five seconds after which many servers close one."""


class InsideError(OSError):
    """An address lies within, and the settings do not allow it."""

    def __init__(self) -> None:
        super().__init__(errno.EPERM, "the address lies within")


class Web:
    """Sessions for functions; ``allow`` are hosts and networks within that they may reach."""

    def __init__(self, allow: Iterable[str] = (), *, resolver: AbstractResolver | None = None) -> None:
        """``resolver`` looks names up in place of the system."""
        self._reach = Reach(allow)
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def session(self, url: URL) -> aiohttp.ClientSession:
        """The session that may reach the address, if anything may: one of two, kept for all calls."""
        is_trusted = self._reach.trusts(url.host or "")
        if is_trusted not in self._sessions:
            self._sessions[is_trusted] = self._new_session(is_trusted)
        return self._sessions[is_trusted]

    async def close(self) -> None:
        """Drops all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _new_session(self, is_trusted: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS,
            keepalive_timeout=KEEP_SECS,
            limit_per_host=MOST_TO_ONE_HOST,
            resolver=self._resolver,
            socket_factory=None if is_trusted else self._socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECS),
            cookie_jar=aiohttp.DummyCookieJar(),  # One caller's session is not the next one's.
            headers={"User-Agent": "appliance"},
            trust_env=False,
        )

    def _socket(self, found: tuple[int, int, int, str, tuple[str | int, ...]]) -> socket.socket:
        """Makes the socket for an address, where it may be reached. Raises InsideError."""
        family, kind, protocol, _, address = found
        if not self._reach.covers(str(address[0])):
            raise InsideError
        return socket.socket(family, kind, protocol)
