"""A pipeline with its RTVI processor and observer, run from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from appliance.frames import CancelFrame, EndFrame, ErrorFrame, Frame, InterruptionFrame, StartFrame
from appliance.pipeline import BaseObserver, FrameDirection, Inbox, Pipeline
from appliance.pipeline.processor import FrameProcessor
from appliance.rtvi import RTVIObserverParams, RTVIProcessor
from appliance.task.events import EventHandlers, H
from appliance.task.params import PipelineParams

FATAL = "error"
"""The reason of the CancelFrame that a fatal error leads to."""


class PipelineTask:
    """Runs one pipeline for one call.

    Frames are queued with ``queue_frame``; the task is over when an EndFrame or a CancelFrame has been through the
    whole pipeline. Events: ``on_pipeline_started(task, frame)`` once the StartFrame has, ``on_pipeline_finished(task,
    frame)``, ``on_pipeline_error(task, frame)``. What handlers do wrong or too slowly is theirs alone.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        params: PipelineParams | None = None,
        observers: Sequence[BaseObserver] = (),
        rtvi_processor: RTVIProcessor | None = None,
        rtvi_observer_params: RTVIObserverParams | None = None,
        enable_rtvi: bool = True,
        call_id: str = "",
    ) -> None:
        self.params = params or PipelineParams()
        self.inbox = Inbox(call_id)
        self._rtvi: RTVIProcessor | None = None
        watchers = list(observers)
        if enable_rtvi:
            self._rtvi = rtvi_processor or RTVIProcessor()
            pipeline.prepend(self._rtvi)
            watchers.append(self._rtvi.create_rtvi_observer(params=rtvi_observer_params))
            self._rtvi.attach(self)
        self._pipeline = pipeline
        self._source = pipeline.link_all(self.inbox, watchers, self._on_upstream_end, self._on_downstream_end)
        self._end: asyncio.Future[Frame] | None = None
        self._events = EventHandlers("on_pipeline_started", "on_pipeline_finished", "on_pipeline_error")

    @property
    def rtvi(self) -> RTVIProcessor:
        """The call's RTVI processor."""
        if self._rtvi is None:
            raise RuntimeError("this task was made with enable_rtvi=False and has no RTVI processor")
        return self._rtvi

    @property
    def processors(self) -> list[FrameProcessor]:
        """The pipeline's processors in downstream order, RTVI's first."""
        return self._pipeline.processors

    def event_handler(self, name: str) -> Callable[[H], H]:
        """A decorator that registers a handler for an event of this task."""
        return self._events.on(name)

    async def run(self) -> Frame:
        """Starts the pipeline and returns the frame that ended it."""
        self._end = asyncio.get_running_loop().create_future()
        pump = asyncio.create_task(self.inbox.run(), name=f"{self.inbox.call_id} inbox")
        pump.add_done_callback(self._pump_died)
        params = self.params
        for processor in self._pipeline.processors:
            processor.metrics_enabled = params.enable_metrics
            processor.usage_metrics_enabled = params.enable_usage_metrics
        try:
            await self.queue_frame(StartFrame(params.enable_metrics, params.enable_usage_metrics))
            frame = await self._end
            await self._events.fire("on_pipeline_finished", self, frame)
            return frame
        finally:
            await self.inbox.close()
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def queue_frame(self, frame: Frame) -> None:
        """Sends a frame downstream through the whole pipeline."""
        await self._source.push_frame(frame)

    def post_frame(self, frame: Frame) -> None:
        """The same from code that cannot wait: a timer, a carrier's message."""
        target = self._source.route(type(frame), FrameDirection.DOWNSTREAM)
        if target is not None:
            self.inbox.put(target, frame, FrameDirection.DOWNSTREAM)

    async def queue_frames(self, frames: Iterable[Frame]) -> None:
        """Sends frames in order."""
        for frame in frames:
            await self.queue_frame(frame)

    async def stop_when_done(self) -> None:
        """Ends the call once everything said before has been heard."""
        await self.queue_frame(EndFrame())

    async def cancel(self, *, reason: str = "cancelled") -> None:
        """Ends the call now."""
        await self.queue_frame(CancelFrame(reason))

    async def interrupt(self) -> None:
        """Cuts the bot off."""
        await self.queue_frame(InterruptionFrame())

    async def flush_pipeline(self) -> None:
        """Returns once nothing waits or is being dispatched: what was being said is in the context as far as heard."""
        await self.inbox.wait_idle()

    def _pump_died(self, pump: asyncio.Task[None]) -> None:
        """Nothing moves any more: whoever waits for the end learns why."""
        if self._end is not None and not self._end.done():
            error = None if pump.cancelled() else pump.exception()
            self._end.set_exception(error or RuntimeError("the pipeline was stopped from outside"))

    def _fire(self, name: str, frame: Frame) -> None:
        """Handlers are other people's code, and may wait: not within a dispatch."""
        if self._events.has(name):
            self._source.create_task(self._events.fire(name, self, frame))

    async def _on_upstream_end(self, frame: Frame) -> None:
        if isinstance(frame, ErrorFrame):
            self._fire("on_pipeline_error", frame)
            if frame.fatal:
                await self.cancel(reason=FATAL)
        elif isinstance(frame, EndFrame | CancelFrame):
            await self._source.push_frame(frame, FrameDirection.DOWNSTREAM)

    async def _on_downstream_end(self, frame: Frame) -> None:
        if isinstance(frame, StartFrame):
            self._fire("on_pipeline_started", frame)
        elif isinstance(frame, EndFrame | CancelFrame) and self._end is not None and not self._end.done():
            self._end.set_result(frame)
            self.inbox.end()


PipelineWorker = PipelineTask
