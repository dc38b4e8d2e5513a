"""The embedded speech server as a child of the service: started, watched, restarted.

Its address stays the same over restarts. A child that ends, or does not answer ``describe`` twice in a row, is
replaced: soon the first time, then after ever longer pauses (at most 10 s), so that one that cannot live costs little.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from typing import Self

from wyoming.event import Event

from appliance.errors import ApplianceError, EngineError
from appliance.speech import wire
from appliance.speech.local.process import LISTENING

_LOG = logging.getLogger(__name__)
_MODULE = "appliance.speech.local.process"
_FIRST_PAUSE_SECS = 0.2
_LONGEST_PAUSE_SECS = 10.0
_STEADY_SECS = 30.0
_END_SECS = 3.0
_CHECKS_TO_FAIL = 2


class EmbeddedSpeech:
    """``async with EmbeddedSpeech() as speech: speech.uri``.

    ``on_change`` is told True when the engines answer and False when they do not; ``is_up`` says it at any time.
    """

    def __init__(
        self,
        *,
        ears: int | None = None,
        on_change: Callable[[bool], None] | None = None,
        start_secs: float = 30.0,
        check_every_secs: float = 5.0,
        check_secs: float = 5.0,
    ) -> None:
        self.uri = ""
        self.is_up = False
        self.on_change = on_change
        self.restarts = 0
        self._ears = ears
        self._start_secs = start_secs
        self._check_every_secs = check_every_secs
        self._check_secs = check_secs
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The child, while there is one."""
        return self._process.pid if self._process is not None else None

    async def __aenter__(self) -> Self:
        """Starts the engines. Raises EngineError, with the reason, when they do not start."""
        try:
            await self._start()
        except BaseException:
            await self._end_process()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="keeper of the speech engines")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the engines."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        await self._end_process()
        self._set_up(False)

    async def _start(self) -> None:
        port = self.uri.rpartition(":")[2] or "0"
        options = ["--port", port, *([] if self._ears is None else ["--ears", str(self._ears)])]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            *options,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl+C reaches a terminal's whole process group: live calls, which may finish, need their engines.
            start_new_session=True,
        )
        self.uri = await self._listening(self._process)
        self._set_up(True)

    async def _listening(self, process: asyncio.subprocess.Process) -> str:
        """The address that the child says."""
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._start_secs):
                line = (await process.stdout.readline()).decode("utf-8", "replace").strip()
        except TimeoutError:
            raise EngineError(f"The speech engines did not start within {self._start_secs:g} s.") from None
        if not line.startswith(LISTENING):
            raise EngineError(f"The speech engines do not start: {line or 'their process ended at once.'}")
        return line.removeprefix(LISTENING)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause = 0.0
        began = loop.time()
        while True:
            why = await self._watch()
            self._set_up(False)
            await self._end_process(0.0)
            pause = (
                0.0
                if loop.time() - began > _STEADY_SECS
                else min(max(pause * 2, _FIRST_PAUSE_SECS), _LONGEST_PAUSE_SECS)
            )
            _LOG.warning("the speech engines are restarted", extra={"reason": why, "pause_secs": pause})
            await asyncio.sleep(pause)
            self.restarts += 1
            began = loop.time()
            with contextlib.suppress(EngineError):
                await self._start()

    async def _watch(self) -> str:
        """Waits until the child needs to be replaced; returns why."""
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        failures = 0
        try:
            while failures < _CHECKS_TO_FAIL:
                done, _ = await asyncio.wait([ended], timeout=self._check_every_secs)
                if done:
                    return f"their process ended with status {ended.result()}"
                failures = 0 if await self._answers() else failures + 1
        finally:
            ended.cancel()
        return f"they did not answer {failures} times in a row"

    async def _answers(self) -> bool:
        try:
            await asyncio.wait_for(describe(self.uri, self._check_secs), self._check_secs)
        except (ApplianceError, OSError, TimeoutError):
            return False
        return True

    def _set_up(self, is_up: bool) -> None:
        if is_up != self.is_up:
            self.is_up = is_up
            if self.on_change is not None:
                self.on_change(is_up)

    async def _end_process(self, secs: float = _END_SECS) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(secs):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def describe(uri: str, connect_secs: float = 2.0) -> Event:
    """What a Wyoming server says of itself (``info``); no limit to the wait. Raises EngineError or ProtocolError."""
    reader, writer = await wire.connect(uri, connect_secs)
    try:
        writer.write(wire.encode(Event("describe")))
        event = await wire.read_event(reader)
    except OSError as error:
        raise EngineError(f"The connection to the speech engine at {uri} broke: {wire.reason(error)}.") from None
    finally:
        writer.transport.abort()
    if event is None or event.type != "info":
        raise EngineError(f"The speech engine at {uri} does not describe itself.")
    return event
