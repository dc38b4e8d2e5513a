"""Carries out functions for the dialogue: announced, with words for who waits, given up when nobody needs them.

A function runs in a task of its own, so that it may outlive the reply that called it: unless it says otherwise, it goes
on when the caller speaks, and what comes of it is told later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.dialogue.base import CallFunction, Filler, FunctionFailed
from appliance.errors import ApplianceError
from appliance.frames import (
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    LLMTextFrame,
)
from appliance.pipeline import FrameProcessor

Functions = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

AGAIN_SECS = 8.0
"""After so much silence the caller is told again that something is still being done."""
BROKEN = "The function broke."


class Silence:
    """Whether the caller hears the bot now, and for how long not."""

    def __init__(self) -> None:
        self._talks = asyncio.Event()
        self._is_silent = asyncio.Event()
        self._is_silent.set()

    def begins(self) -> None:
        """The bot has stopped speaking."""
        self._talks.clear()
        self._is_silent.set()

    def ends(self) -> None:
        """The bot has begun to speak."""
        self._is_silent.clear()
        self._talks.set()

    async def lasts(self, secs: float) -> None:
        """Returns once the bot has said nothing for ``secs`` seconds from now on."""
        while True:
            await self._is_silent.wait()
            try:
                async with asyncio.timeout(secs):
                    await self._talks.wait()
            except TimeoutError:
                return


@dataclass(slots=True)
class Running:
    """A function that is being carried out."""

    call: CallFunction
    task: asyncio.Task[None]
    outcome: asyncio.Future[Any]
    is_left: bool = field(default=False)
    """Whether the reply that called it is gone."""


class Calling:
    """The functions that run for one call; ``on_late`` is told what comes of those whose reply is gone."""

    def __init__(
        self, processor: FrameProcessor, functions: Functions, on_late: Callable[[CallFunction, Any], None]
    ) -> None:
        self.silence = Silence()
        self._processor = processor
        self._functions = functions
        self._on_late = on_late
        self._running: dict[str, Running] = {}

    async def announce(self, calls: Sequence[CallFunction]) -> None:
        """Says which functions are to be called."""
        started = [FunctionCallFromLLM(call.name, call.id, call.arguments) for call in calls]
        await self._processor.push_frame(FunctionCallsStartedFrame(started))

    async def run(self, calls: Sequence[CallFunction], reply: int) -> list[Any]:
        """Carries functions out at the same time; their results in the same order, a FunctionFailed for one without.

        Cancelled with its reply, it gives up those that say so, and leaves the others to themselves.
        """
        await self.announce(calls)
        running = [self._begin(call) for call in calls]
        filling = self._processor.create_task(self._fill([call.filler for call in calls if call.filler], reply))
        try:
            await asyncio.wait([one.outcome for one in running])
        except asyncio.CancelledError:
            await self._leave(running)
            raise
        finally:
            filling.cancel()
        return [one.outcome.result() for one in running]

    async def give_up(self) -> None:
        """Nobody waits for anything any more."""
        for one in list(self._running.values()):
            await self._cancel(one)

    def _begin(self, call: CallFunction) -> Running:
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        task = self._processor.create_task(self._carry_out(call, outcome))
        running = self._running[call.id] = Running(call, task, outcome)
        return running

    async def _carry_out(self, call: CallFunction, outcome: asyncio.Future[Any]) -> None:
        await self._processor.push_frame(
            FunctionCallInProgressFrame(call.name, call.id, call.arguments, cancel_on_interruption=call.cancels)
        )
        result: Any = FunctionFailed(BROKEN)
        try:
            result = await self._functions(call.name, call.arguments)
        except ApplianceError as error:
            result = FunctionFailed(str(error))
        except asyncio.CancelledError:
            self._running.pop(call.id, None)
            raise
        finally:
            if (running := self._running.pop(call.id, None)) is not None:
                await self._done(running, result)

    async def _done(self, running: Running, result: Any) -> None:
        call = running.call
        told = {"error": result.error} if isinstance(result, FunctionFailed) else result
        await self._processor.push_frame(FunctionCallResultFrame(call.name, call.id, call.arguments, told))
        if running.is_left:
            self._on_late(call, result)
        elif not running.outcome.done():
            running.outcome.set_result(result)

    async def _leave(self, running: Sequence[Running]) -> None:
        for one in running:
            one.is_left = True
            if one.call.cancels:
                await self._cancel(one)
            elif one.outcome.done():  # In the very moment in which the caller began to speak.
                self._on_late(one.call, one.outcome.result())

    async def _cancel(self, running: Running) -> None:
        if self._running.pop(running.call.id, None) is None:
            return
        running.task.cancel()
        await self._processor.push_frame(FunctionCallCancelFrame(running.call.name, running.call.id))

    async def _fill(self, fillers: Sequence[Filler], reply: int) -> None:
        """Says the filler of the least patient function, and again when it takes long."""
        if not fillers:
            return
        first = min(fillers, key=lambda filler: filler.after_secs)
        secs = first.after_secs
        while True:
            await self.silence.lasts(secs)
            await self._processor.push_frame(
                LLMTextFrame(first.words.text, recording=first.words.recording, reply=reply)
            )
            secs = max(AGAIN_SECS, secs)
