"""Functions that block, each in a thread of its own, which nobody waits for when its time is up or the house stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from appliance.errors import FunctionError

MOST_THREADS = 100
"""Of functions that run or hang; a thread cannot be ended from outside."""

_alive: set[threading.Thread] = set()


async def in_thread(function: Callable[[], Any]) -> Any:
    """What the function gives back or raises. Cancelled, it goes on alone. FunctionError if too many do so already."""
    if len(_alive) >= MOST_THREADS:
        raise FunctionError(f"{MOST_THREADS} functions are still running, expected them to end.")
    handover = _Handover()
    thread = threading.Thread(target=handover.run, args=(function,), name="function", daemon=True)
    handover.thread = thread
    _alive.add(thread)
    thread.start()
    return await handover.future


class _Handover:
    """Brings what comes of a thread to the loop: a result, or the error that it ended with."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self._loop.create_future()
        self._result: Any = None

    def run(self, function: Callable[[], Any]) -> None:
        """The thread's whole life."""
        with self:
            self._result = function()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if self.thread is not None:
            _alive.discard(self.thread)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, error)
        return True  # It is raised where it is waited for.

    def _tell(self, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(self._result)
        else:
            # A future takes no StopIteration, and SystemExit would end the loop.
            fits = isinstance(error, Exception) and not isinstance(error, StopIteration)
            self.future.set_exception(error if fits else RuntimeError(f"it raised {type(error).__name__}"))
