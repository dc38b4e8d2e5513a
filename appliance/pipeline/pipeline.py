"""A pipeline: processors in a row, between a source and a sink that hold its two ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from appliance.frames import Frame
from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.inbox import Inbox
from appliance.pipeline.observer import BaseObserver
from appliance.pipeline.processor import FrameProcessor

OnEnd = Callable[[Frame], Awaitable[None]]


class PipelineEnd(FrameProcessor):
    """The source or the sink: what arrives here has been through the whole pipeline."""

    def __init__(self, on_frame: OnEnd, *, name: str) -> None:
        super().__init__(name=name)
        self._on_frame = on_frame

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Tells the owner of the pipeline."""
        await self._on_frame(frame)


class Pipeline(FrameProcessor):
    """Processors in the order that downstream frames take. A pipeline within a pipeline counts as its processors."""

    def __init__(self, processors: Sequence[FrameProcessor]) -> None:
        super().__init__()
        self.processors: list[FrameProcessor] = []
        for processor in processors:
            self.processors.extend(processor.processors if isinstance(processor, Pipeline) else [processor])

    def prepend(self, processor: FrameProcessor) -> None:
        """Puts a processor before all others; only before the pipeline is linked."""
        self.processors.insert(0, processor)

    def link_all(
        self, inbox: Inbox, observers: Sequence[BaseObserver], on_upstream_end: OnEnd, on_downstream_end: OnEnd
    ) -> FrameProcessor:
        """Links the processors to one another and returns the source, into which frames are pushed."""
        source = PipelineEnd(on_upstream_end, name="Source")
        sink = PipelineEnd(on_downstream_end, name="Sink")
        row = [source, *self.processors, sink]
        for i, processor in enumerate(row):
            upstream = row[i - 1] if i else None
            downstream = row[i + 1] if i + 1 < len(row) else None
            processor.link(inbox, upstream, downstream, tuple(observers))
        return source
