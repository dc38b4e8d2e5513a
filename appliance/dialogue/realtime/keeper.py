"""Keeps a connection to the server, whatever happens to it.

One that is lost is made anew at once; when that fails again and again, or is refused for good, only when it is needed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.connection import Connection, RefusedError
from appliance.errors import EngineError
from appliance.settings.realtime import RealtimeEngine

log = logging.getLogger(__name__)

RETRY_SECS = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Before each further try."""
GOOD_SECS = 5.0
"""A connection that has lasted so long was a good one: the next may be tried as often."""
OLD_SECS = 55 * 60.0
"""A connection is made anew before the server ends it, which it does after an hour."""


class Keeper:
    """``run`` it. ``take`` is given each event, ``lost`` why a connection is over."""

    def __init__(
        self,
        engine: RealtimeEngine,
        take: Callable[[wire.Event], None],
        lost: Callable[[EngineError], None],
        *,
        retry_secs: tuple[float, ...] = RETRY_SECS,
        old_secs: float = OLD_SECS,
    ) -> None:
        self.server = f"The speech-to-speech engine at {engine.base_url}"
        self.is_ready = False
        """Whether the server knows who it is, and has been told what was said so far."""
        self._engine = engine
        self._take = take
        self._on_lost = lost
        self._retry_secs = retry_secs
        self._old_secs = old_secs
        self._connection: Connection | None = None
        self._limit = asyncio.timeout(None)
        self._ready_at = 0.0
        self._settled = asyncio.Event()
        """Whether it is known that there is a connection, or that there will be none."""
        self._failure: EngineError | None = None
        self._wanted = asyncio.Event()

    async def run(self) -> None:
        """Keeps a connection until it is cancelled."""
        tries = 0
        while True:
            failure = await self._attempt()
            if self._lasted_secs > GOOD_SECS:
                tries = 0
            self.is_ready = False
            self._settled.clear()
            self._on_lost(failure)
            may_pass = failure.passing and failure.after_secs < self._engine.timeout_secs
            if may_pass and tries < len(self._retry_secs):
                await asyncio.sleep(max(self._retry_secs[tries], failure.after_secs))
                tries += 1
                continue
            log.warning("%s It is tried again when it is needed.", failure)
            self._failure = failure
            self._settled.set()
            await self._wanted.wait()
            tries = 0

    async def until_ready(self) -> None:
        """Waits for a connection. Raises EngineError when there is none, and none to be had."""
        if self._failure is not None:
            self._failure = None
            self._settled.clear()
            self._wanted.set()
        await self._settled.wait()
        if self._failure is not None:
            raise self._failure

    def ready(self) -> None:
        """The server has understood who it is."""
        self._limit.reschedule(None)
        self._ready_at = asyncio.get_running_loop().time()
        self.is_ready = True

    def settle(self) -> None:
        """It has been told everything, too."""
        self._settled.set()

    def send(self, message: str) -> None:
        """Sends a message, if there is a connection."""
        if self._connection is not None:
            self._connection.send(message)

    def odd(self, what: str) -> None:
        """The server has sent what makes no sense. Raises RefusedError when that is too much."""
        if self._connection is not None:
            self._connection.odd(what)

    def renew(self) -> None:
        """Ends the connection; another takes its place."""
        if self._connection is not None:
            self._settled.clear()
            self._connection.abort()

    @property
    def is_old(self) -> bool:
        """Whether it is time for another."""
        return self._lasted_secs > self._old_secs

    @property
    def _lasted_secs(self) -> float:
        return asyncio.get_running_loop().time() - self._ready_at if self.is_ready else 0.0

    async def _attempt(self) -> RefusedError:
        """One connection, from its beginning to its end; returns why it is over."""
        connection = Connection(self._engine)
        self._wanted.clear()
        try:
            async with asyncio.timeout(self._engine.timeout_secs) as self._limit:
                await connection.open()
                self._connection = connection
                while True:
                    self._take(await connection.next())
        except RefusedError as refused:
            return refused
        except TimeoutError:
            return RefusedError(f"{self.server} did not take the call within {self._engine.timeout_secs:g} s.")
        finally:
            self._connection = None
            await connection.close()
