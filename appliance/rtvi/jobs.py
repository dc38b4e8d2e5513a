"""The call's one task for what takes other people's code or their time: it exists only while there is work."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from appliance.pipeline import FrameProcessor
from appliance.rtvi.attempt import attempt
from appliance.rtvi.audience import Seat

Work = Callable[[], Awaitable[None]]

JOB_SECS = 60.0
"""Longer than any job may take with everything in it that has a limit of its own."""

current_seat: ContextVar[Seat | None] = ContextVar("current_seat", default=None)
"""The viewer that the running handler runs for."""


class Jobs:
    """Runs jobs one after another, each viewer's in their order.

    The viewers, and the call itself, take turns: whose jobs take long makes the others wait for one of them, not all.
    """

    def __init__(self, owner: FrameProcessor) -> None:
        self._owner = owner
        self._waiting: OrderedDict[Seat | None, deque[Work]] = OrderedDict()
        self._runner: asyncio.Task[None] | None = None
        self._running = 0

    def __len__(self) -> int:
        """How many wait or run."""
        return sum(map(len, self._waiting.values())) + self._running

    def submit(self, work: Work, seat: Seat | None = None) -> None:
        """Runs a job after those that wait of ``seat``, the viewer that it is for; None: of the call itself."""
        self._waiting.setdefault(seat, deque()).append(work)
        self.wake()

    def wake(self) -> None:
        """Begins to work, as soon as the call has an inbox to belong to."""
        idle = self._runner is None or self._runner.done()
        if idle and self._waiting and hasattr(self._owner, "inbox"):
            self._runner = self._owner.create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            seat, works = self._waiting.popitem(last=False)
            work = works.popleft()
            if works:
                self._waiting[seat] = works
            token = current_seat.set(seat)
            self._running = 1
            try:
                await attempt("an RTVI job", JOB_SECS, work)
            finally:
                self._running = 0
                current_seat.reset(token)
