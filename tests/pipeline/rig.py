"""A pipeline that runs without a task round it, and records what comes out at both ends."""

import asyncio
from collections.abc import Callable

from appliance.frames import Frame
from appliance.pipeline import BaseObserver, FrameDirection, FrameProcessor, Inbox, Pipeline


class Rig:
    """A pipeline in a running inbox, and what came out at both ends."""

    def __init__(self, *processors: FrameProcessor, observers: tuple[BaseObserver, ...] = ()) -> None:
        self.inbox = Inbox("call")
        self.down: list[Frame] = []
        self.up: list[Frame] = []
        self.source = Pipeline(processors).link_all(self.inbox, observers, self._up, self._down)
        self.task: asyncio.Task[None] | None = None

    async def _up(self, frame: Frame) -> None:
        self.up.append(frame)

    async def _down(self, frame: Frame) -> None:
        self.down.append(frame)

    async def __aenter__(self) -> "Rig":
        self.task = asyncio.create_task(self.inbox.run())
        await asyncio.sleep(0)
        return self

    async def send(self, *frames: Frame) -> None:
        """Pushes frames in at the top and lets everything that follows at once happen."""
        for frame in frames:
            await self.source.push_frame(frame)
        await self.settle()

    async def settle(self) -> None:
        """Lets tasks and the inbox do what they can do without time passing."""
        for _ in range(20):
            await asyncio.sleep(0)
        await self.inbox.wait_idle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something that takes real time, for at most five seconds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - there is nothing to wait on but the processors themselves
                await asyncio.sleep(0)

    def names(self) -> list[str]:
        """The classes of what came out downstream, in order."""
        return [type(frame).__name__ for frame in self.down]

    async def __aexit__(self, *_: object) -> None:
        await self.inbox.close()


class Pass(FrameProcessor):
    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(frame, direction)
