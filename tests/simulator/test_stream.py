"""A media stream against a real server: handshake, marks on the wire, violations, the ways it ends."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from appliance.simulator.misbehave import Manners
from appliance.simulator.playout import Playout
from appliance.simulator.sound import SILENCE
from appliance.simulator.stream import MediaStream, StreamAddress, StreamEars, StreamEnd, StreamFailedError
from tests.simulator.bot import Socket, listen, serving, tone

LIMIT_SECS = 5.0


@dataclass
class Heard:
    """What the stream's ears were told."""

    violations: list[tuple[int, str]] = field(default_factory=list)
    beginnings: list[bool] = field(default_factory=list)
    clearings: list[int] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    changes: asyncio.Event = field(default_factory=asyncio.Event)

    def ears(self) -> StreamEars:
        """To be given to a stream."""
        return StreamEars(
            lambda code, text: self.violations.append((code, text)),
            lambda: self.beginnings.append(True),
            self.clearings.append,
            self.marks.append,
            self.changes.set,
        )


@asynccontextmanager
async def opened(host: str, heard: Heard, path: str = "/media") -> AsyncIterator[MediaStream]:
    """A stream to a bot, that nobody ticks but the test."""
    address = StreamAddress(f"ws://{host}{path}", "MZ1", "AC1", "CA1", {"token": "t"}, {"x-twilio-signature": "s"})
    stream = MediaStream(address, Playout(), heard.ears(), Manners())
    async with aiohttp.ClientSession() as http, asyncio.timeout(LIMIT_SECS):
        await stream.open(http)
        yield stream
        await stream.close()


async def test_a_stream_says_connected_and_start_and_signs_its_handshake() -> None:
    async with serving(listen) as bot, opened(bot.host, Heard()) as stream:
        await stream.tick(SILENCE.frames[0], ["done"])
        await stream.press("7")
        await stream.close()
        [socket] = bot.sockets
        assert socket.headers["x-twilio-signature"] == "s"
        assert [m["event"] for m in socket.messages] == ["connected", "start", "mark", "media", "dtmf", "stop"]
        assert [m.get("sequenceNumber") for m in socket.messages] == [None, "1", "2", "3", "4", "5"]
        assert base64.b64decode(socket.messages[3]["media"]["payload"]) == b"\xff" * 160
        assert stream.ended.result() == StreamEnd("carrier")


async def test_a_handshake_that_is_refused_says_with_which_status() -> None:
    async with serving(listen) as bot:
        with pytest.raises(StreamFailedError) as caught:
            async with opened(bot.host, Heard(), "/elsewhere"):
                pass
    assert (caught.value.code, str(caught.value)) == (31920, "The media stream's handshake failed: status 404.")


async def test_marks_come_back_at_once_when_nothing_is_queued_and_all_at_once_on_clear() -> None:
    heard = Heard()

    async def marking(socket: Socket) -> None:
        await socket.until("start")
        await socket.mark("empty")
        await socket.until("mark")
        await socket.play(tone(1.0))
        await socket.mark("one")
        await socket.mark("two")
        await socket.send("clear")
        await listen(socket)

    async with serving(marking) as bot, opened(bot.host, heard) as stream:
        while len(heard.marks) < 3:
            heard.changes.clear()
            await heard.changes.wait()
        await stream.close()
        [socket] = bot.sockets
        assert [m["mark"]["name"] for m in socket.messages if m["event"] == "mark"] == ["empty", "one", "two"]
    assert (heard.marks, heard.clearings, heard.violations) == (["empty", "one", "two"], [8000], [])


async def test_what_breaks_the_protocol_is_told_and_left_out() -> None:
    heard = Heard()

    async def wrong(socket: Socket) -> None:
        await socket.until("start")
        await socket.send("media", media={"payload": "/w==", "track": "outbound"})
        await socket.ws.send_bytes(b"\x00\x01")
        await socket.ws.send_str("hello")
        await socket.send("clear", streamSid="MZ2")
        await socket.play(b"\x10" * 160)
        await socket.ws.close()

    async with serving(wrong) as bot, opened(bot.host, heard) as stream:
        assert await stream.ended == StreamEnd("server", 1000)
    assert heard.violations == [
        (31951, "The object media of a message must not have track."),
        (31950, "A binary message of 2 bytes came."),
        (31950, "A message is not JSON: hello."),
        (31951, "A clear message is for the stream 'MZ2', not MZ1."),
    ]
    assert (stream.received_bytes, heard.clearings) == (160, [])


async def test_more_than_ten_minutes_queued_is_a_violation() -> None:
    heard = Heard()

    async def hasty(socket: Socket) -> None:
        await socket.until("start")
        for _ in range(11):
            await socket.play(b"\x10" * 480_000)
        await socket.ws.close()

    async with serving(hasty) as bot, opened(bot.host, heard) as stream:
        await stream.ended
    assert heard.violations == [(31931, "More than ten minutes of audio are queued: media discarded.")]


async def test_a_connection_that_vanishes_is_told_from_one_that_is_closed() -> None:
    async def vanish(socket: Socket) -> None:
        await socket.until("start")
        transport = socket.ws.get_extra_info("socket")
        assert transport is not None
        connection = socket.ws._req
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()

    async with serving(vanish) as bot, opened(bot.host, Heard()) as stream:
        assert (await stream.ended).by == "broken"
