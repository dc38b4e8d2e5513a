"""The watch over worker processes, with real processes that do what a test tells them."""

import asyncio
import os
import signal
from collections.abc import Awaitable
from pathlib import Path

import pytest

from appliance.errors import EngineError
from appliance.speech.local.pipe import Frame, Kind
from appliance.speech.local.worker import Worker

OBEDIENT = """
import os, socket, sys, time
from appliance.speech.local.pipe import Kind, WorkerPipe

pipe = WorkerPipe(socket.socket(fileno=0))
pipe.send(Kind.READY, 0, {"hello": os.getpid()})
while True:
    try:
        frame = pipe.receive()
    except EOFError:
        sys.exit(0)
    if frame.kind is Kind.OPEN:
        order = frame.data()["do"]
        if order == "die":
            os._exit(7)
        if order == "hang":
            time.sleep(1000)
        if order == "rave":
            os.write(0, b"x" * 100)
        if order == "refuse":
            pipe.send(Kind.FAILED, frame.session, {"text": "Not this one."})
        if order == "echo":
            pipe.send(Kind.DONE, frame.session, {"text": "done"})
"""


@pytest.fixture
def obedient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "obedient.py").write_text(OBEDIENT)
    (tmp_path / "stillborn.py").write_text("raise SystemExit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "obedient"


async def within(what: Awaitable[Frame]) -> Frame:
    return await asyncio.wait_for(what, 20)


async def test_a_worker_answers_and_tells_of_itself(obedient: str) -> None:
    async with Worker(obedient, "parrot") as worker:
        assert worker.info == {"hello": worker.pid}
        session = worker.open({"do": "echo"})
        assert await within(session.receive()) == Frame(Kind.DONE, session.number, b'{"text": "done"}')
        assert worker.load == 0


async def test_a_refused_request_is_an_error_of_that_session_alone(obedient: str) -> None:
    async with Worker(obedient, "parrot") as worker:
        refused, done = worker.open({"do": "refuse"}), worker.open({"do": "echo"})
        with pytest.raises(EngineError, match=r"^Not this one.$"):
            await within(refused.receive())
        assert (await within(done.receive())).kind is Kind.DONE


@pytest.mark.parametrize("order", ["die", "hang", "rave"])
async def test_a_worker_that_fails_takes_its_requests_along_and_is_replaced(obedient: str, order: str) -> None:
    async with Worker(obedient, "parrot", hang_secs=0.5) as worker:
        first = worker.pid
        assert first is not None
        session = worker.open({"do": order})
        with pytest.raises(EngineError, match=r"^The parrot died in the middle of the request.$"):
            await within(session.receive())
        with pytest.raises(EngineError, match=r"^The parrot is being restarted.$"):
            worker.open({"do": "echo"})
        await worker.wait_until_up(20)
        assert (await within(worker.open({"do": "echo"}).receive())).kind is Kind.DONE
        assert worker.restarts == 1
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)


async def test_a_worker_that_is_killed_is_replaced(obedient: str) -> None:
    async with Worker(obedient, "parrot") as worker:
        first = worker.pid
        assert first is not None
        session = worker.open({"do": "nothing"})
        os.kill(first, signal.SIGKILL)
        with pytest.raises(EngineError, match=r"^The parrot died in the middle of the request.$"):
            await within(session.receive())
        await worker.wait_until_up(20)
        assert worker.pid != first
        assert worker.info == {"hello": worker.pid}


async def test_a_worker_that_cannot_live_is_said_so_and_not_started_without_end(obedient: str) -> None:
    worker = Worker("stillborn", "parrot", start_secs=0.5)
    with pytest.raises(EngineError, match=r"^The parrot is not running and did not start within 0.5 s.$"):
        await worker.__aenter__()
    assert worker.restarts <= 4
    assert worker.pid is None


async def test_a_session_that_was_closed_hears_nothing_more(obedient: str) -> None:
    async with Worker(obedient, "parrot") as worker:
        session = worker.open({"do": "echo"})
        session.close()
        session.send(Kind.FINISH)
        session.close()
        assert worker.load == 0
        assert (await within(worker.open({"do": "echo"}).receive())).kind is Kind.DONE


async def test_no_process_is_left_behind(obedient: str) -> None:
    async with Worker(obedient, "parrot") as worker:
        pid = worker.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
