"""A call without a telephone: a real pipeline and inbox, and viewers that remember what they were sent."""

import asyncio
import json
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from appliance.frames import Frame, StartFrame
from appliance.pipeline import FrameDirection, FrameProcessor, Inbox, Pipeline
from appliance.rtvi import RTVIConfig, RTVIFunctionCallReportLevel, RTVIObserverParams, RTVIProcessor
from appliance.rtvi.viewer import Outgoing

Message = dict[str, Any]


class FakeViewer:
    """A viewer that may send everything, unless it is told what it may."""

    def __init__(
        self,
        name: str = "vera",
        *,
        ceiling: RTVIFunctionCallReportLevel = RTVIFunctionCallReportLevel.FULL,
        permitted: Iterable[str] | None = None,
        role: str = "tester",
        sees_sensitive: bool = True,
    ) -> None:
        self.id = name
        self.name = name
        self.role = role
        self.report_ceiling = ceiling
        self.sees_sensitive = sees_sensitive
        self.permitted = None if permitted is None else set(permitted)
        self.outgoing: list[Outgoing] = []
        self.deeds: list[Outgoing] = []
        """What it was told of other viewers' doings, apart from the rest."""

    def may(self, message_type: str, what: str | None = None) -> bool:
        return self.permitted is None or bool({message_type, f"{message_type} {what}"} & self.permitted)

    def send(self, outgoing: Outgoing) -> None:
        data = outgoing.message.get("data")
        is_deed = isinstance(data, dict) and data.get("type") == "supervisor-acted"
        (self.deeds if is_deed else self.outgoing).append(outgoing)

    @property
    def got(self) -> list[Message]:
        """What came, without label and number, as JSON says it."""
        messages = [json.loads(each.encode()) for each in self.outgoing]
        assert all(message.pop("label") == "rtvi-ai" for message in messages)
        for message in messages:
            message.pop("seq")
        return messages

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.outgoing]

    def forget(self) -> None:
        self.outgoing.clear()


class Relay(FrameProcessor):
    """Passes everything on, and remembers what it passed downstream."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is FrameDirection.DOWNSTREAM:
            self.passed.append(frame)
        await self.push_frame(frame, direction)


class Ear(Relay):
    """Stands where the output transport stands."""

    plays_audio = True


class Stage:
    """A running call: ``source -> rtvi -> mouth -> ear``."""

    def __init__(
        self,
        params: RTVIObserverParams | None = None,
        *,
        config: RTVIConfig | None = None,
        handler_secs: float = 5.0,
        call_id: str = "CA1",
        mouth: Relay | None = None,
    ) -> None:
        self.rtvi = RTVIProcessor(config, handler_secs=handler_secs)
        self.observer = self.rtvi.create_rtvi_observer(params=params)
        self.inbox = Inbox(call_id)
        self.mouth = mouth or Relay()
        self.ear = Ear()
        self.ended: list[Frame] = []
        pipeline = Pipeline([self.mouth, self.ear])
        pipeline.prepend(self.rtvi)
        self.source = pipeline.link_all(self.inbox, [self.observer], self._end, self._end)
        self.rtvi.attach(self)
        self.flushed = 0
        self._pump: asyncio.Task[None] | None = None

    async def _end(self, frame: Frame) -> None:
        self.ended.append(frame)

    async def flush_pipeline(self) -> None:
        await self.inbox.wait_idle()
        self.flushed = len(self.mouth.passed)

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self.inbox.run())
        await self.push(StartFrame())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pump is not None
        await self.inbox.close()
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    async def push(self, *frames: Frame) -> None:
        """Sends frames through the whole pipeline and waits for what comes of them."""
        for frame in frames:
            await self.source.push_frame(frame)
            await self.settle()

    async def settle(self) -> None:
        """Returns when there is nothing left to do."""
        async with asyncio.timeout(10):
            while True:
                while len(self.rtvi.jobs):  # noqa: ASYNC110, jobs tell nobody that they are done
                    await asyncio.sleep(0)
                await self.inbox.wait_idle()
                if not len(self.rtvi.jobs):
                    return

    async def say(self, viewer: FakeViewer, kind: str, data: Any = None, *, id: str = "1") -> None:  # noqa: A002
        """A viewer sends a message."""
        message = {"label": "rtvi-ai", "type": kind, "id": id}
        if data is not None:
            message["data"] = data
        self.rtvi.receive(viewer, json.dumps(message))
        await self.settle()

    async def watcher(self, name: str = "vera", version: str | None = "2.1.0", **facts: Any) -> FakeViewer:
        """A viewer that has shaken hands."""
        viewer = FakeViewer(name, **facts)
        self.rtvi.join(viewer)
        await self.say(viewer, "client-ready", {"version": version, "about": {"library": "test"}})
        viewer.forget()
        return viewer

    async def told(self, *frames: Frame) -> list[Message]:
        """What a new viewer is told of these frames."""
        viewer = await self.watcher()
        await self.push(*frames)
        self.rtvi.leave(viewer)
        return viewer.got
