"""Runs pipeline tasks, and cancels what still runs when it is told to stop."""

import asyncio
from types import TracebackType

from appliance.frames import Frame
from appliance.task.task import PipelineTask


class PipelineRunner:
    """Runs any number of tasks side by side."""

    def __init__(self) -> None:
        self._tasks: set[PipelineTask] = set()

    async def __aenter__(self) -> "PipelineRunner":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cancel()

    async def run(self, task: PipelineTask) -> Frame:
        """Runs a task to its end and returns the frame that ended it."""
        self._tasks.add(task)
        try:
            return await task.run()
        finally:
            self._tasks.discard(task)

    async def cancel(self) -> None:
        """Cancels every running task."""
        await asyncio.gather(*(task.cancel() for task in self._tasks))
