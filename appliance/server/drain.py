"""How the service stops: no new calls, live ones finish, and only then does the web server shut down.

uvicorn closes every WebSocket the moment it is told to stop, so it is told last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from appliance.ops.systemd import Notifier
from appliance.server.desk import Desk
from appliance.server.house import House

log = logging.getLogger(__name__)

FAREWELL_SECS = 8.0
"""How long calls that are cut off at the limit may take to be passed on."""
LOOK_SECS = 0.25


class DrainingServer(uvicorn.Server):
    """uvicorn, with signals that drain first. A second signal does not wait any longer."""

    def __init__(self, config: uvicorn.Config, house: House, desk: Desk, notifier: Notifier) -> None:
        super().__init__(config)
        self._house = house
        self._desk = desk
        self._notifier = notifier
        self.on_listening: Callable[[], None] = lambda: None
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's own, and then systemd and whoever started us know that calls can come in."""
        await super().startup(sockets)
        if not self.should_exit:
            self._notifier.ready(f"answering at {self._house.base_url}")
            self.on_listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT drain, instead of stopping at once."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Asks the service to stop; the second time it does so at once."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(), name="drain")
        else:
            self.should_exit = True

    async def _drain(self) -> None:
        house, secs = self._house, self._house.settings.server.drain_secs
        house.draining = True
        live = len(house.calls)
        log.info(
            "stopping: no new calls, live ones may finish (a second signal does not wait for them)",
            extra={"live": live, "secs": secs},
        )
        self._notifier.stopping(f"draining {live} calls")
        if not await self._wait_for_calls(secs):
            log.warning("%d calls are passed on, their time is up", len(house.calls))
            await self._desk.end_all()
            await self._wait_for_calls(FAREWELL_SECS)
        house.hub.close()
        self.should_exit = True

    async def _wait_for_calls(self, secs: float) -> bool:
        """Whether all calls have ended by then, and carriers know how."""
        deadline = asyncio.get_running_loop().time() + secs
        while (len(self._house.calls) or self._desk.owes_answers) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_SECS)
            self._notifier.watchdog()
        return not len(self._house.calls)
