"""How an engine does, for all calls of the process: a circuit breaker.

A few failures in a row, of whichever calls, and the engine is down: while there is another, no call waits for it. It is
tried in the background, ever more rarely, with a small request of its own; when that goes well, calls have it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from appliance.clock import WallClock, wall
from appliance.errors import EngineError

log = logging.getLogger(__name__)

MOST_FAILURES = 3
"""So many in a row, and the engine is down."""
PAUSES_SECS = (2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""Before it is tried for the first time, the second, ...; the last counts from then on."""
PROBE_SECS = 10.0
"""How long a try may take."""

Probe = Callable[[], Awaitable[None]]
"""A small request; raises EngineError when it fails."""


class State(Enum):
    """Whether calls should use an engine."""

    UP = "up"
    DOWN = "down"
    PROBING = "probing"
    """It was down and is being tried."""


class Health:
    """One engine's. ``role`` and ``name`` say which; without a ``probe`` the next call tries for the others."""

    def __init__(
        self,
        role: str,
        name: str,
        probe: Probe | None = None,
        *,
        pauses_secs: Sequence[float] = PAUSES_SECS,
        clock: WallClock = wall,
    ) -> None:
        self.role = role
        self.name = name
        self.on_change: Callable[[Health], None] = lambda health: None
        self.state = State.UP
        self.since = clock()
        """When it became what it is: seconds since the epoch."""
        self.failures = 0
        """Since the appliance was started."""
        self.error: str | None = None
        """The newest failure's sentence, while it is not up."""
        self._probe = probe
        self._pauses_secs = pauses_secs
        self._clock = clock
        self._in_a_row = 0
        self._tried = 0
        self._down_since = 0.0
        self._recovery: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether it is worth asking."""
        return self.state is State.UP or (self.state is State.PROBING and self._probe is None)

    def succeeded(self) -> None:
        """A call was served."""
        self._in_a_row = 0
        if self.state is not State.UP:
            self._come_up()

    def failed(self, error: str) -> None:
        """A call was not."""
        self.failures += 1
        self._in_a_row += 1
        if self.state is State.UP and self._in_a_row >= MOST_FAILURES:
            self._go_down(error)
        elif self.state is State.PROBING and self._probe is None:
            self._change(State.DOWN)
            self._recovery = asyncio.create_task(self._recover(), name=f"recovery of {self.name}")

    def down(self, error: str) -> None:
        """Something that watches it knows that it does not work."""
        if self.state is State.UP:
            self._go_down(error)

    async def close(self) -> None:
        """Tries no more."""
        if self._recovery is not None:
            self._recovery.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._recovery

    def _go_down(self, error: str) -> None:
        self.error, self._down_since, self._tried = error, self._clock(), 0
        log.error("the %s %s is out of order: %s", self.role, self.name, error)
        self._change(State.DOWN)
        self._recovery = asyncio.create_task(self._recover(), name=f"recovery of {self.name}")

    def _come_up(self) -> None:
        if self._recovery is not None and self._recovery is not asyncio.current_task():
            self._recovery.cancel()
        self._recovery, self.error = None, None
        log.info("the %s %s works again, after %.0f s", self.role, self.name, self._clock() - self._down_since)
        self._change(State.UP)

    def _change(self, state: State) -> None:
        self.state, self.since = state, self._clock()
        self.on_change(self)

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(self._pauses_secs[min(self._tried, len(self._pauses_secs) - 1)])
            self._tried += 1
            self._change(State.PROBING)
            if self._probe is None:
                return
            try:
                async with asyncio.timeout(PROBE_SECS):
                    await self._probe()
            except EngineError as error:
                self.error = str(error)
            except TimeoutError:
                self.error = f"no answer within {PROBE_SECS:g} s"
            else:
                self.succeeded()
                return
            self._change(State.DOWN)
