"""A viewer's socket: what it reads, what it is told, when it is closed. The real thing, over TCP."""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable

import aiohttp
import orjson
import pytest

from appliance.clock import ManualClock
from appliance.rtvi.wire import audio_frame, message_frame, read_frame
from appliance.supervision import socket as viewer_socket
from appliance.supervision.allowance import BURST, Allowance
from tests.supervision.deaf import deaf
from tests.supervision.desk import READY, Bot, Desk, Socket

BIG = "x" * 20_000


async def test_a_viewer_that_never_reads_is_bounded_and_closed_while_others_get_everything(desk: Desk) -> None:
    bot = desk.call()
    async with deaf(desk.port, f"/rtvi/CA1?token={desk.token}") as silent, desk.watching() as socket:
        await silent.say(orjson.dumps(READY).decode())
        await socket.ready()
        await socket.until("snapshot")
        while len(bot.ready) < 2:  # noqa: ASYNC110 - the server takes the message in its own time
            await asyncio.sleep(0)
        subject = desk.hub.subject("CA1")
        assert subject is not None
        feeds = [feed for feed in subject.ready() if feed.closing is None]
        sent, most_bytes = [], 0
        while all(feed.closing is None for feed in feeds):
            sent.append(bot.tell("user-llm-text", {"text": BIG}))
            most_bytes = max(most_bytes, *(feed.waiting_bytes for feed in feeds))
            assert (await socket.next())["seq"] == sent[-1]
        assert most_bytes <= 1_048_576
        assert [feed.closing.code for feed in feeds if feed.closing is not None] == [1013]
        more = [bot.tell("user-llm-text", {"text": "small"}) for _ in range(20)]
        assert [(await socket.next())["seq"] for _ in more] == more
        async with asyncio.timeout(20):
            while (frame := await silent.frame())[0] != 8:
                pass
        assert frame[1] == struct.pack("!H", 1013) + b"too slow: too many messages wait for this viewer"


async def told_too_late(desk: Desk, bot: Bot) -> None:
    """The viewer gets so much that it is closed, and reads none of it."""
    for _ in range(200):
        bot.tell("user-llm-text", {"text": BIG})


async def told_the_end(desk: Desk, bot: Bot) -> None:
    """The call ends; what the viewer was told lies in buffers, and it reads none of it."""
    bot.tell("user-llm-text", {"text": "small"})
    desk.hub.call_ended("CA1", outcome="completed")


@pytest.mark.parametrize("end", [told_too_late, told_the_end], ids=["too slow", "the call has ended"])
async def test_of_a_closed_viewer_that_never_reads_nothing_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, end: Callable[[Desk, Bot], Awaitable[None]]
) -> None:
    monkeypatch.setattr(viewer_socket, "GRACE_SECS", 0.2)
    bot = desk.call()
    async with deaf(desk.port, f"/rtvi/CA1?token={desk.token}") as silent:
        assert desk.connections == 1
        await silent.say(orjson.dumps(READY).decode())
        while not bot.ready:  # noqa: ASYNC110 - the server takes the message in its own time
            await asyncio.sleep(0)
        await end(desk, bot)
        async with asyncio.timeout(5):  # uvicorn's own patience is twice as long
            while desk.connections:  # noqa: ASYNC110 - the server gives it up in its own time
                await asyncio.sleep(0)
        subject = desk.hub.subject("CA1")
        assert subject is None or len(subject) == 0


async def test_a_flood_is_answered_then_closed_and_the_others_miss_nothing(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as flooder, desk.watching() as other:
        for socket in (flooder, other):
            await socket.ready()
            await socket.until("snapshot")
        flood = asyncio.create_task(_flood(flooder, 10_000))
        answers, told = 0, []
        while (message := await flooder.socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
            last = orjson.loads(message.data)
            answers += last["type"] == "error-response"
            if answers % 50 == 1:
                told.append(bot.tell("user-llm-text", {"text": f"after {answers} answers"}))
                assert (await other.next())["seq"] == told[-1]
        assert (flooder.socket.close_code, message.extra) == (1008, "too many messages at once")
        assert (last["id"], last["data"]) == (str(answers - 1), {"error": f"{TOO_MANY}: this one was not handled."})
        # The burst, what the rate has let in besides, and the one that was refused; the first was client-ready.
        assert BURST <= answers < 10_000
        assert len(told) >= 20
        await flood
        told.append(bot.tell("user-llm-text", {"text": "and on"}))
        assert (await other.next())["seq"] == told[-1]


TOO_MANY = "Too many messages at once"


async def _flood(socket: Socket, count: int) -> None:
    with contextlib.suppress(aiohttp.ClientError, ConnectionError):
        for number in range(count):
            await socket.say("nonsense", None, str(number))


async def test_a_flood_of_rubbish_is_closed_too(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as socket:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            for _ in range(3000):
                await socket.socket.send_bytes(b"\0")
        assert await socket.closed() == (1008, "too many messages at once")


async def test_a_microphone_of_a_minute_is_no_flood(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bot, clock = desk.call(), ManualClock()
    monkeypatch.setattr(viewer_socket, "Allowance", lambda: Allowance(clock))
    async with desk.watching() as socket:
        for number in range(6000):
            clock.advance(0.01)
            await socket.socket.send_bytes(audio_frame(number, b"\0\0" * 160, 16_000, 1))
            while len(bot.sound) <= number:  # noqa: ASYNC110 - the server takes it in its own time
                await asyncio.sleep(0)
        await socket.socket.send_bytes(message_frame(orjson.dumps(READY)))
        answer = read_frame((await socket.socket.receive(timeout=20)).data)
        assert orjson.loads(str(answer))["type"] == "bot-ready"
        assert set(bot.sound) == {("anna", b"\0\0" * 160, 16_000, 1)}


async def test_a_revoked_token_ends_its_connections(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_socket, "CHECK_SECS", 0)
    desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        assert desk.auth.credentials.revoke("anna") == 1
        assert await socket.closed() == (1008, "the token was revoked or has expired")


async def test_who_never_says_client_ready_does_not_keep_the_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer_socket, "CHECK_SECS", 0)
    monkeypatch.setattr(viewer_socket, "READY_SECS", 0)
    desk.call()
    async with desk.watching() as socket:
        assert await socket.closed() == (1008, "no client-ready was sent")


async def test_a_viewer_that_goes_away_without_a_word_leaves_its_place(desk: Desk) -> None:
    desk.call()
    async with deaf(desk.port, f"/rtvi/CA1?token={desk.token}"):
        subject = desk.hub.subject("CA1")
        assert subject is not None
        assert len(subject) == 1
    while len(subject):  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0)


async def test_nothing_of_a_closed_viewer_reaches_the_call(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as socket:
        await socket.ready()
        await socket.until("snapshot")
        subject = desk.hub.subject("CA1")
        assert subject is not None
        subject.close(1000, "the call has ended")
        with contextlib.suppress(aiohttp.ClientError):
            await socket.say("send-text", {"content": "hello"}, "2")
        assert await socket.closed() == (1000, "the call has ended")
    assert bot.sequence.last == 2
