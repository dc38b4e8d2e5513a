"""Run to completion: one dispatch at a time per call, everything else waits its turn in the inbox.

Rule 1: a push to the neighbour, made while a dispatch runs and by that dispatch, calls the neighbour directly.
Rule 2: a push from anywhere else (a task, a timer, a viewer), and a push to a processor that is in the middle of
its own ``process_frame``, waits in the inbox; system frames come out first, then first in, first out.
Rule 3: an interruption takes effect at the moment it is pushed, not when it is dispatched: reply tasks are
cancelled, waiting data and control frames dropped (but for the uninterruptible), a dispatch of such a frame
that somebody's processor keeps waiting is cancelled, and the output is told to fall silent.
Rule 4: a cancellation waits for nothing: whatever dispatch is kept waiting is cancelled for it. After the call's
end nothing is taken in any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.frames import CancelFrame, Frame, InterruptionFrame, SystemFrame, UninterruptibleFrame
from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.replies import Replies

if TYPE_CHECKING:
    from appliance.pipeline.observer import BaseObserver, FramePushed
    from appliance.pipeline.processor import FrameProcessor

log = logging.getLogger(__name__)

SLOW_DISPATCH_SECS = 0.1
INTERRUPTIONS_REMEMBERED = 64
"""An interruption is met again at each processor; so many of the latest are known again."""


class Delivery(NamedTuple):
    """A frame on its way to a processor."""

    target: FrameProcessor
    frame: Frame
    direction: FrameDirection

    @property
    def interruptible(self) -> bool:
        """Whether an interruption drops it."""
        return not isinstance(self.frame, SystemFrame | UninterruptibleFrame)


class Inbox:
    """The one place of a call where frames wait, and the task that dispatches them."""

    def __init__(self, call_id: str = "") -> None:
        self.call_id = call_id
        self.replies = Replies()
        self.on_interruption: list[Callable[[], None]] = []
        """Called at once when an interruption is pushed: whoever must fall silent before anything else happens."""
        self._system: deque[Delivery] = deque()
        self._ordered: deque[Delivery] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        """The pump's, so that nobody has to look it up at each push."""
        self._wake: asyncio.Event = asyncio.Event()
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()
        self._current: Delivery | None = None
        self._cut_off = False
        self._slow_reported = False
        self._protected = 0
        """How many system and uninterruptible frames are in hand within the current dispatch."""
        self._interruptions: deque[int] = deque(maxlen=INTERRUPTIONS_REMEMBERED)
        self._closed = False
        self._timers: list[asyncio.TimerHandle] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reply_tasks: set[asyncio.Task[Any]] = set()

    @property
    def in_dispatch(self) -> bool:
        """Whether the running code was called by the current dispatch."""
        return self._current is not None and asyncio.current_task(self._loop) is self._pump

    async def deliver(self, target: FrameProcessor, frame: Frame, direction: FrameDirection) -> None:
        """Hands the frame over now if the rules allow, otherwise puts it into the inbox."""
        if self.in_dispatch and not target.busy and (isinstance(frame, SystemFrame) or not target.waiting):
            await self._call(target, frame, direction)
        else:
            self.put(target, frame, direction)

    def put(self, target: FrameProcessor, frame: Frame, direction: FrameDirection) -> None:
        """Lets the frame wait its turn; after the call's end it is dropped."""
        if self._closed:
            return
        if isinstance(frame, InterruptionFrame):
            self._interrupt(frame)
        elif isinstance(frame, CancelFrame):
            self._cut_off_dispatch()
        delivery = Delivery(target, frame, direction)
        if isinstance(frame, SystemFrame):
            self._system.append(delivery)
        else:
            target.waiting += 1
            self._ordered.append(delivery)
        self._idle.clear()
        self._wake.set()

    async def show(self, observer: BaseObserver, pushed: FramePushed) -> None:
        """Lets an observer see a frame; one that fails changes nothing."""
        await self._attempt(observer.on_push_frame(pushed), type(observer).__name__, pushed.frame)

    def later(self, secs: float, target: FrameProcessor, frame: Frame) -> asyncio.TimerHandle:
        """Puts a frame into the inbox after a time; cancel the handle to call it off."""
        return self.later_call(secs, self.put, target, frame, FrameDirection.DOWNSTREAM)

    def later_call(self, secs: float, function: Callable[..., None], *args: Any) -> asyncio.TimerHandle:
        """Calls a function after a time, unless the call is over by then."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timers = [timer for timer in self._timers if timer.when() > now and not timer.cancelled()]
        self._timers.append(loop.call_later(secs, self._call_open, function, args))
        return self._timers[-1]

    async def run(self) -> None:
        """Dispatches until cancelled."""
        self._pump = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        while True:
            while self._system or self._ordered:
                await self._dispatch(self._next())
            self._idle.set()
            self._wake.clear()
            await self._wake.wait()

    async def wait_idle(self) -> None:
        """Returns once nothing waits and nothing is being dispatched."""
        await self._idle.wait()

    def create_task(
        self, coroutine: Coroutine[Any, Any, None], owner: FrameProcessor, *, reply: bool
    ) -> asyncio.Task[None]:
        """Runs slow work that belongs to this call; a failure becomes an ErrorFrame of ``owner``."""
        task = asyncio.create_task(self._guard(coroutine, owner), name=f"{self.call_id} {owner.name}")
        tasks = self._reply_tasks if reply else self._tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: coroutine.close())  # It never began if the task was cancelled at once.
        return task

    def end(self) -> None:
        """The last frame is through: what waits is dropped, now and later."""
        self._closed = True
        self._system.clear()
        self._ordered.clear()
        self._idle.set()

    async def close(self) -> None:
        """Cancels every task and timer of the call, and drops what waits."""
        self.end()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        me = asyncio.current_task()
        tasks = [t for t in (*self._reply_tasks, *self._tasks, self._pump) if t is not None and t is not me]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call_open(self, function: Callable[..., None], args: tuple[Any, ...]) -> None:
        if not self._closed:
            function(*args)

    def _next(self) -> Delivery:
        if self._system:
            return self._system.popleft()
        delivery = self._ordered.popleft()
        delivery.target.waiting -= 1
        return delivery

    async def _dispatch(self, delivery: Delivery) -> None:
        self._current = delivery
        self._slow_reported = False
        try:
            await self._call(*delivery)
        except asyncio.CancelledError:
            if not self._cut_off or self._closed:
                raise
        finally:
            self._current = None
            if self._cut_off and self._pump is not None:
                self._pump.uncancel()  # Also when the processor swallowed it: it must not be taken for the next one.
            self._cut_off = False

    async def _call(self, target: FrameProcessor, frame: Frame, direction: FrameDirection) -> None:
        protected = isinstance(frame, SystemFrame | UninterruptibleFrame)
        if not protected and self.replies.is_void(frame.reply):
            return
        if isinstance(frame, InterruptionFrame):
            self._interrupt(frame)
        began = time.monotonic()
        self._protected += protected
        target.busy = True
        try:
            if error := await self._attempt(target.process_frame(frame, direction), target.name, frame):
                await target.push_error(error)
        finally:
            target.busy = False
            self._protected -= protected
            if time.monotonic() - began > SLOW_DISPATCH_SECS and not self._slow_reported:
                self._slow_reported = True
                log.warning(
                    "%s took %.0f ms over %s, more than the %.0f ms a processor may take",
                    target.name,
                    (time.monotonic() - began) * 1000,
                    type(frame).__name__,
                    SLOW_DISPATCH_SECS * 1000,
                    extra={"call_id": self.call_id},
                )

    def _interrupt(self, frame: InterruptionFrame) -> None:
        """Rule 3, once per interruption."""
        if frame.id in self._interruptions:
            return
        self._interruptions.append(frame.id)
        for fall_silent in self.on_interruption:
            fall_silent()
        self.replies.interrupt()
        me = asyncio.current_task()
        for task in self._reply_tasks:
            if task is not me:
                task.cancel()
        kept = [delivery for delivery in self._ordered if not delivery.interruptible]
        for delivery in self._ordered:
            delivery.target.waiting = 0
        for delivery in kept:
            delivery.target.waiting += 1
        self._ordered = deque(kept)
        if not self._protected:  # A result, or the end, must not get lost in somebody's waiting processor.
            self._cut_off_dispatch()

    def _cut_off_dispatch(self) -> None:
        """Cancels the dispatch that is kept waiting; of no effect from within it."""
        if self._current is None or self._pump is None or self._cut_off or asyncio.current_task() is self._pump:
            return
        self._cut_off = True
        self._pump.cancel()

    async def _guard(self, coroutine: Coroutine[Any, Any, None], owner: FrameProcessor) -> None:
        if error := await self._attempt(coroutine, owner.name, "a task of its own"):
            await owner.task_failed(error)

    async def _attempt(self, work: Awaitable[None], name: str, what: object) -> str | None:
        """Around a call: whoever's code it is, its bug must not be the caller's problem. Returns what to say of it."""
        try:
            await work
        except Exception as error:
            # A processor, an engine's task or a supervisor's observer: it is reported, and the call goes on.
            log.exception("%s failed on %s", name, what, extra={"call_id": self.call_id})
            return f"{name} failed: {type(error).__name__}"
        return None
