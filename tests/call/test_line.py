import asyncio
import contextlib
import json
from typing import Any

import pytest

from appliance.call.line import MOST_WAITING, Line
from appliance.carriers.twilio.codec import TwilioCodec

PCM = bytes(320)


class Slow:
    """A socket that takes a message when it is let."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gate = asyncio.Semaphore(0)

    async def send(self, text: str) -> None:
        await self.gate.acquire()
        self.sent.append(json.loads(text))

    def events(self) -> list[str]:
        return [message["event"] for message in self.sent]


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_audio_and_marks_go_out_in_the_order_in_which_they_were_written() -> None:
    socket = Slow()
    line = Line(TwilioCodec(), socket.send)
    line.play(PCM)
    line.mark("g0-1")
    line.play(PCM)
    task = asyncio.create_task(line.run())
    for _ in range(3):
        socket.gate.release()
    await _settle()
    assert socket.events() == ["media", "mark", "media"]
    await _end(task)


async def test_a_clear_overtakes_everything_that_waits_and_what_follows_comes_behind_it() -> None:
    socket = Slow()
    line = Line(TwilioCodec(), socket.send)
    task = asyncio.create_task(line.run())
    for _ in range(5):
        line.play(PCM)
    line.mark("g0-1")
    await _settle()
    line.clear()
    line.mark("g1-1")
    for _ in range(9):
        socket.gate.release()
    await _settle()
    # The first message was on its way already.
    assert socket.events() == ["media", "clear", "mark"]
    assert socket.sent[-1]["mark"] == {"name": "g1-1"}
    await _end(task)


async def test_writing_never_waits_for_the_socket() -> None:
    socket = Slow()
    line = Line(TwilioCodec(), socket.send)
    task = asyncio.create_task(line.run())
    for _ in range(10_000):
        line.play(PCM)
    line.clear()
    await _settle()
    assert socket.sent == []
    await _end(task)


async def test_a_socket_that_fails_ends_the_sending() -> None:
    async def broken(text: str) -> None:
        raise ConnectionResetError

    line = Line(TwilioCodec(), broken)
    line.play(PCM)
    with pytest.raises(ConnectionResetError):
        await line.run()


async def test_a_carrier_that_never_reads_does_not_fill_the_memory() -> None:
    slow = Slow()
    line = Line(TwilioCodec(), slow.send)
    stuck: list[int] = []
    line.on_stuck = lambda: stuck.append(1)
    for _ in range(MOST_WAITING + 3):
        line.mark("m")
    assert (len(line._messages), len(stuck)) == (MOST_WAITING, 3)
