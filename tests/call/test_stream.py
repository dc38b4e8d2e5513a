import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from appliance.call import Stream, StreamEnd, StreamLimits
from appliance.carriers.twilio.codec import TwilioCodec
from tests.call.lines import House, Wire

Running = Callable[..., Awaitable[tuple[Stream, "asyncio.Task[StreamEnd]"]]]
GARBAGE = {"event": "media"}
MEDIA = {"event": "media", "media": {"payload": "/" * 8}}


@pytest.fixture
def wire() -> Wire:
    """The carrier's end."""
    return Wire()


@pytest.fixture
async def running(tmp_path: Path, wire: Wire) -> AsyncIterator[Running]:
    """A stream of a call that runs, with limits of the test's."""
    house = House(tmp_path)

    async def start(**limits: float) -> tuple[Stream, asyncio.Task[StreamEnd]]:
        stream = Stream(house.call, TwilioCodec(), wire, wire.send, StreamLimits(**limits))  # type: ignore[arg-type]
        if house.call._runner is None:
            house.call.start(stream.line)
        return stream, asyncio.create_task(stream.run())

    yield start
    await house.call.finish("abandoned", "the test is over")


async def ends(task: "asyncio.Task[StreamEnd]") -> StreamEnd:
    """Why the stream ended, within reason."""
    return await asyncio.wait_for(task, 10)


async def test_a_stop_ends_the_stream(running: Running, wire: Wire) -> None:
    _, task = await running()
    wire.says({"event": "stop"})
    assert await ends(task) is StreamEnd.STOPPED


async def test_a_socket_that_closes_without_a_word_loses_the_stream(running: Running, wire: Wire) -> None:
    _, task = await running()
    wire.says(None)
    assert await ends(task) is StreamEnd.LOST


async def test_a_socket_that_cannot_be_written_to_loses_the_stream(
    running: Running, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(text: str) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(wire, "send", broken)
    stream, task = await running()
    stream.line.play(bytes(320))
    assert await ends(task) is StreamEnd.LOST


async def test_without_media_the_stream_ends(running: Running, wire: Wire) -> None:
    _, task = await running(media_timeout_secs=0.01)
    wire.says({"event": "unknown"})
    assert await ends(task) is StreamEnd.SILENT


async def test_a_hundred_undecodable_messages_are_skipped_and_one_more_is_a_flood(running: Running, wire: Wire) -> None:
    stream, task = await running()
    for _ in range(100):
        wire.says(GARBAGE)
    wire.says(MEDIA)
    wire.says({"event": "unknown"})
    wire.says({"event": "stop"})
    assert await ends(task) is StreamEnd.STOPPED
    assert (stream.counts.messages, stream.counts.refused, stream.counts.too_long) == (103, 100, 0)
    stream, task = await running()
    for _ in range(101):
        wire.says(GARBAGE)
    assert await ends(task) is StreamEnd.FLOODED


async def test_undecodable_messages_far_apart_are_no_flood(running: Running, wire: Wire) -> None:
    stream, task = await running(flood_messages=1, flood_secs=0)
    for _ in range(20):
        wire.says(GARBAGE)
    wire.says({"event": "stop"})
    assert await ends(task) is StreamEnd.STOPPED
    assert stream.counts.refused == 20


async def test_a_message_that_is_too_long_is_counted_and_skipped(running: Running, wire: Wire) -> None:
    stream, task = await running(max_message_bytes=4096)
    long = {"event": "media", "media": {"payload": "/" * 8000}}
    assert len(json.dumps(long)) > 4096
    wire.says(long)
    wire.says({"event": "stop"})
    assert await ends(task) is StreamEnd.STOPPED
    assert (stream.counts.refused, stream.counts.too_long) == (1, 1)


async def test_a_stream_whose_place_another_has_taken_is_lost(running: Running) -> None:
    stream, task = await running()
    stream.abandon()
    assert await ends(task) is StreamEnd.LOST


async def test_after_a_hang_up_the_carrier_closes_the_stream(running: Running, wire: Wire) -> None:
    stream, task = await running()
    stream.abandon()
    await ends(task)
    wire.says({"event": "stop"})
    wire.says(None)
    await asyncio.wait_for(stream.wait_for_stop(60), 10)
    await asyncio.wait_for(stream.wait_for_stop(0.01), 10)
