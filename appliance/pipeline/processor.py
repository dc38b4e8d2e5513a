"""A frame processor: one stage of a call."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Coroutine
from typing import Any, ClassVar

from appliance.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMUsageMetricsData,
    MetricsData,
    MetricsFrame,
    STTUsageMetricsData,
    TTSUsageMetricsData,
)
from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.inbox import Inbox
from appliance.pipeline.observer import BaseObserver, FramePushed

_numbers = itertools.count()


class FrameProcessor:
    """Handles frames and pushes them on.

    A subclass overrides ``process_frame``, and pushes on what it does not consume. With ``handles`` it names the
    frame types it wants to see; all others pass it by. ``process_frame`` computes and returns: what has to wait
    for the outside world runs in ``create_task`` and comes back as frames.
    """

    handles: ClassVar[tuple[type[Frame], ...] | None] = None
    ignores: ClassVar[tuple[type[Frame], ...]] = ()
    """Types that pass it by although ``handles`` would take them."""

    def __init__(self, *, name: str | None = None) -> None:
        self.name = name or f"{type(self).__name__}#{next(_numbers)}"
        self.busy = False
        """Whether it is in the middle of its own ``process_frame``."""
        self.waiting = 0
        """How many data and control frames wait for it in the inbox."""
        self.inbox: Inbox
        self._neighbours: dict[FrameDirection, FrameProcessor | None] = {}
        self._down: dict[type[Frame], FrameProcessor | None] = {}
        self._up: dict[type[Frame], FrameProcessor | None] = {}
        self._observers: tuple[BaseObserver, ...] = ()
        self._observed: dict[type[Frame], tuple[BaseObserver, ...]] = {}
        self.metrics_enabled = False
        self.usage_metrics_enabled = False

    def __str__(self) -> str:
        return self.name

    def link(
        self,
        inbox: Inbox,
        upstream: FrameProcessor | None,
        downstream: FrameProcessor | None,
        observers: tuple[BaseObserver, ...],
    ) -> None:
        """Gives the processor its place in a pipeline."""
        self.inbox = inbox
        self._neighbours = {FrameDirection.UPSTREAM: upstream, FrameDirection.DOWNSTREAM: downstream}
        self._observers = observers
        self._down.clear()
        self._up.clear()
        self._observed.clear()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Handles a frame; overridden by every stage that does anything."""

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Sends the frame to the next processor in that direction that handles its type."""
        target = self.route(type(frame), direction)
        if target is None:
            return
        observers = self.observers_of(type(frame))
        if observers:
            pushed = FramePushed(self, target, frame, direction, time.monotonic_ns())
            for observer in observers:
                await self.inbox.show(observer, pushed)
        await self.inbox.deliver(target, frame, direction)

    async def push_error(
        self, error: str, *, fatal: bool = False, engine: str | None = None, gave_up: str | None = None
    ) -> None:
        """Reports a failure upstream, to the task and to supervisors."""
        frame = ErrorFrame(error, fatal=fatal, processor=self, engine=engine, gave_up=gave_up)
        await self.push_frame(frame, FrameDirection.UPSTREAM)

    async def push_metrics(self, *data: MetricsData) -> None:
        """Reports measurements, those that were asked for at the start of the call."""
        wanted = [one for one in data if (self.usage_metrics_enabled if _is_usage(one) else self.metrics_enabled)]
        if wanted:
            await self.push_frame(MetricsFrame(wanted))

    async def push_interruption(self) -> None:
        """Cuts the bot off, from here on downstream; engines and the output stop at once."""
        await self.push_frame(InterruptionFrame())

    async def supersede(self) -> None:
        """What the bot is still about to say is out of date: there is something newer to answer."""
        if self.inbox.replies.open:
            await self.push_interruption()

    async def task_failed(self, error: str) -> None:
        """A task of this processor's ended with an exception; it is reported."""
        await self.push_error(error)

    def create_task(self, coroutine: Coroutine[Any, Any, None], *, reply: bool = False) -> asyncio.Task[None]:
        """Runs slow work in a task of the call's. With ``reply`` an interruption cancels it."""
        return self.inbox.create_task(coroutine, self, reply=reply)

    @classmethod
    def wants(cls, frame_type: type[Frame]) -> bool:
        """Whether frames of this type are for it."""
        return (cls.handles is None or issubclass(frame_type, cls.handles)) and not issubclass(frame_type, cls.ignores)

    def route(self, frame_type: type[Frame], direction: FrameDirection) -> FrameProcessor | None:
        """The next processor in that direction that handles the type; None at the end of the pipeline."""
        routes = self._down if direction is FrameDirection.DOWNSTREAM else self._up  # Enum members hash slowly.
        try:
            return routes[frame_type]
        except KeyError:
            target = self._neighbours.get(direction)
            while target is not None and not target.wants(frame_type):
                target = target._neighbours[direction]
            routes[frame_type] = target
            return target

    def neighbour(self, direction: FrameDirection) -> FrameProcessor | None:
        """The processor next to this one, whatever it handles."""
        return self._neighbours.get(direction)

    def watched(self, frame_type: type[Frame]) -> bool:
        """Whether an observer that somebody looks at wants frames of this type."""
        for observer in self.observers_of(frame_type):  # noqa: SIM110 - asked for each frame that is played
            if observer.active:
                return True
        return False

    def observers_of(self, frame_type: type[Frame]) -> tuple[BaseObserver, ...]:
        """Who asked for frames of this type."""
        try:
            return self._observed[frame_type]
        except KeyError:
            wanted = tuple(o for o in self._observers if issubclass(frame_type, o.frame_types))
            self._observed[frame_type] = wanted
            return wanted


def _is_usage(data: MetricsData) -> bool:
    return isinstance(data, LLMUsageMetricsData | STTUsageMetricsData | TTSUsageMetricsData)


class AudioListener(FrameProcessor):
    """A processor that hears the caller's audio on the short way: a plain call per message, no frame, no queue."""

    transcribes: ClassVar[bool] = False
    """Whether it says upstream of each stretch of speech what it was (InterimTranscriptionFrame), or NoWordsFrame."""

    def hear(self, pcm: bytes) -> None:
        """Takes caller audio (16-bit mono at 8 kHz, any length); must return at once."""
        raise NotImplementedError

    @staticmethod
    def wants_frames(processor: FrameProcessor) -> bool:
        """Whether a processor gets caller audio as frames instead."""
        return not isinstance(processor, AudioListener) and processor.wants(InputAudioRawFrame)
