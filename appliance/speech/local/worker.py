"""A worker process as the speech server sees it: started, watched, restarted, with many sessions at once.

A worker that dies takes only the sessions it had in hand: they raise EngineError, and a new process is started, at once
the first time, then after ever longer pauses. One that says nothing for ``hang_secs`` though asked (pings) is killed.
"""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any, Self

from appliance.errors import EngineError
from appliance.speech.local.pipe import Frame, FrameReader, Kind, pack

_LOG = logging.getLogger(__name__)
_READ_BYTES = 65_536
_FIRST_PAUSE_SECS = 0.2
_LONGEST_PAUSE_SECS = 10.0
_STEADY_SECS = 20.0
_END_SECS = 2.0


class WorkerSession:
    """One request in a worker's hands. Ends with DONE or FAILED, with the worker, or with ``close``."""

    def __init__(self, number: int, write: Callable[[bytes], None], forget: Callable[[int], None]) -> None:
        self.number = number
        self._write = write
        self._forget = forget
        self._frames: asyncio.Queue[Frame | EngineError] = asyncio.Queue()
        self._ended = False

    def send(self, kind: Kind, body: bytes | dict[str, Any] = b"") -> None:
        """Passes one frame on; after the session's end it goes nowhere."""
        if not self._ended:
            self._write(pack(kind, self.number, body))

    async def receive(self) -> Frame:
        """The worker's next frame. Raises EngineError when the worker died or refused the request."""
        frame = await self._frames.get()
        if isinstance(frame, EngineError):
            raise frame
        if frame.kind is Kind.FAILED:
            raise EngineError(str(frame.data()["text"]))
        return frame

    def close(self) -> None:
        """Gives the session up; the worker drops what it has of it."""
        self.send(Kind.CANCEL)
        self.end()

    def deliver(self, frame: Frame) -> None:
        """What the worker said."""
        self._frames.put_nowait(frame)
        if frame.kind in (Kind.DONE, Kind.FAILED):
            self.end()

    def fail(self, error: EngineError) -> None:
        """The worker is gone."""
        self._frames.put_nowait(error)
        self.end()

    def end(self) -> None:
        """Nothing is sent or delivered any more."""
        self._ended = True
        self._forget(self.number)


class Worker:
    """A worker process of one kind, kept alive. ``async with Worker(module, name) as worker``."""

    def __init__(self, module: str, name: str, *, start_secs: float = 20.0, hang_secs: float = 5.0) -> None:
        self._module = module
        self.name = name
        self._start_secs = start_secs
        self._hang_secs = hang_secs
        self._sessions: dict[int, WorkerSession] = {}
        self._last_number = 0
        self._transport: asyncio.WriteTransport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._heard_at = 0.0
        self.info: dict[str, Any] = {}
        """What the worker said of itself when it was ready."""
        self.restarts = 0

    async def __aenter__(self) -> Self:
        """Starts the worker. Raises EngineError when it does not come up in ``start_secs``."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of the {self.name}")
        try:
            await self.wait_until_up(self._start_secs)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the worker: it sees the end of its socket; killed when that is not enough."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process is not None else None

    @property
    def is_up(self) -> bool:
        """Whether it takes requests."""
        return self._up.is_set()

    @property
    def load(self) -> int:
        """How many sessions it has in hand."""
        return len(self._sessions)

    async def wait_until_up(self, secs: float) -> None:
        """Waits for a worker that is starting. Raises EngineError when it is not up in time."""
        try:
            async with asyncio.timeout(secs):
                await self._up.wait()
        except TimeoutError:
            raise EngineError(f"The {self.name} is not running and did not start within {secs:g} s.") from None

    def open(self, request: dict[str, Any]) -> WorkerSession:
        """Begins a session. Raises EngineError while the worker is down."""
        if self._transport is None or not self._up.is_set():
            raise EngineError(f"The {self.name} is being restarted.")
        self._last_number = self._last_number % 0xFFFF_FFFF + 1
        session = WorkerSession(self._last_number, self._transport.write, self._forget)
        self._sessions[session.number] = session
        session.send(Kind.OPEN, request)
        return session

    def _forget(self, number: int) -> None:
        self._sessions.pop(number, None)

    async def _keep(self) -> None:
        """Runs one process after the other until cancelled."""
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            began = loop.time()
            why = await self._run_one()
            self.restarts += 1
            _LOG.warning("a speech worker ended", extra={"worker": self.name, "reason": why})
            steady = loop.time() - began > _STEADY_SECS
            pause = 0.0 if steady else min(max(pause * 2, _FIRST_PAUSE_SECS), _LONGEST_PAUSE_SECS)
            await asyncio.sleep(pause)

    async def _run_one(self) -> str:
        """One process, from its start to its end; returns why it ended."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", self._module),
                    stdin=theirs.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C is for whoever started it: a worker ends with its socket.
                )
        except BaseException:
            ours.close()
            raise
        ended = asyncio.get_running_loop().create_future()
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: _Wire(self, ended), sock=ours)
        self._transport = transport
        try:
            return await self._watch(transport, ended)
        finally:
            self._lose(EngineError(f"The {self.name} died in the middle of the request."))
            transport.abort()
            await self._end_process()

    async def _watch(self, transport: asyncio.WriteTransport, ended: "asyncio.Future[str]") -> str:
        """Pings until the process ends, or does not answer."""
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time() + self._start_secs
        while True:
            done, _ = await asyncio.wait([ended], timeout=self._hang_secs / 4)
            if done:
                return ended.result()
            if loop.time() - self._heard_at > self._hang_secs:
                return f"it said nothing for {self._hang_secs:g} s"
            transport.write(pack(Kind.PING, 0))

    def heard(self, frame: Frame) -> None:
        """Every frame of the worker arrives here."""
        self._heard_at = asyncio.get_running_loop().time()
        if frame.kind is Kind.READY:
            self.info = frame.data()
            self._up.set()
        elif session := self._sessions.get(frame.session):
            session.deliver(frame)

    def _lose(self, error: EngineError) -> None:
        self._up.clear()
        self._transport = None
        for session in list(self._sessions.values()):
            session.fail(error)

    async def _end_process(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(_END_SECS if self._keeper_is_ending() else 0):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._process = None

    def _keeper_is_ending(self) -> bool:
        return self._keeper is not None and self._keeper.cancelling() > 0


class _Wire(asyncio.Protocol):
    """The socket to one worker process."""

    def __init__(self, worker: Worker, ended: "asyncio.Future[str]") -> None:
        self._worker = worker
        self._ended = ended
        self._reader = FrameReader()

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._worker.heard(frame)
        except ValueError as error:
            self._finish(f"it spoke nonsense: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish("its process ended")

    def _finish(self, why: str) -> None:
        if not self._ended.done():
            self._ended.set_result(why)
