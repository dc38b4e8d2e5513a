"""Both wire forms on the same socket: JSON text, and the binary frames of the official WebSocket transport."""

import asyncio
from typing import Any

import aiohttp
import orjson
import pytest

from appliance.rtvi import viewer as viewer_module
from appliance.rtvi.wire import audio_frame, message_frame, read_frame
from appliance.rtvi.wire.frames_pb2 import Frame
from tests.supervision.desk import READY, Desk, Socket, count_encodes
from tests.supervision.well_formed import well_formed

RUBBISH = "The binary message is no protobuf Frame."


class Binary(Socket):
    """A viewer's end of an RTVI socket that speaks the binary form."""

    async def next(self) -> dict[str, Any]:
        """The next message."""
        message = await self.socket.receive(timeout=20)
        assert message.type is aiohttp.WSMsgType.BINARY, message
        text = read_frame(message.data)
        assert isinstance(text, str)
        return well_formed(orjson.loads(text))

    async def say(self, kind: str, data: Any, request_id: str = "1") -> None:
        """Sends a message."""
        text = orjson.dumps({"label": "rtvi-ai", "type": kind, "id": request_id, "data": data})
        await self.socket.send_bytes(message_frame(text))


async def greeted(socket: Socket) -> list[dict[str, Any]]:
    """What a viewer is told first, without numbers."""
    told = [await socket.ready(), await socket.until("snapshot")]
    return [{key: value for key, value in message.items() if key != "seq"} for message in told]


async def test_a_viewer_whose_first_message_is_binary_gets_everything_in_that_form(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as json, desk.watching() as plain:
        binary = Binary(plain.socket)
        assert await greeted(binary) == await greeted(json)
        seq = bot.tell("user-llm-text", {"text": "Grüße"})
        event = {"label": "rtvi-ai", "type": "user-llm-text", "data": {"text": "Grüße"}, "seq": seq}
        assert (await json.next(), await binary.next()) == (event, event)
        desk.hub.call_ended("CA1", outcome="completed")
        assert (await binary.until("call-ended"))["data"]["outcome"] == "completed"
        assert await binary.closed() == (1000, "the call has ended")


@pytest.mark.parametrize("path", ["/rtvi/CA1", "/rtvi"])
@pytest.mark.parametrize("form", [Socket, Binary])
async def test_who_mixes_the_forms_is_understood_and_answered_in_the_first(
    desk: Desk, form: type[Socket], path: str
) -> None:
    desk.call()
    async with desk.watching(path) as plain:
        first = form(plain.socket)
        other = (Binary if form is Socket else Socket)(plain.socket)
        await greeted(first)
        await other.say("nonsense", None, "7")
        assert (await first.next())["id"] == "7"
        await first.say("nonsense", None, "8")
        assert (await first.next())["id"] == "8"


@pytest.mark.parametrize("path", ["/rtvi/CA1", "/rtvi"])
@pytest.mark.parametrize("form", [Socket, Binary])
async def test_binary_rubbish_is_told_to_its_sender_and_the_socket_goes_on(
    desk: Desk, form: type[Socket], path: str
) -> None:
    desk.call()
    async with desk.watching(path) as plain, desk.watching(path) as other:
        socket = form(plain.socket)
        await greeted(socket)
        await greeted(other)
        await socket.socket.send_bytes(b"rubbish")
        told = await socket.next()
        assert (told["type"], told["data"]) == ("error", {"error": RUBBISH, "message": RUBBISH, "fatal": False})
        await socket.say("nonsense", None, "8")
        assert (await socket.next())["id"] == "8"
        await other.say("nonsense", None, "9")
        assert (await other.next())["id"] == "9"


async def test_rubbish_as_the_first_message_is_told_in_its_form(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as plain:
        await plain.socket.send_bytes(b"rubbish")
        binary = Binary(plain.socket)
        assert (await binary.next())["type"] == "error"
        await greeted(binary)


async def test_a_message_is_made_once_for_all_viewers_of_a_form(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = desk.call()
    framed: list[bytes] = []

    def counted(text: bytes) -> bytes:
        framed.append(text)
        return message_frame(text)

    async with desk.watching() as a, desk.watching() as b, desk.watching() as c, desk.watching() as d:
        viewers = [a, b, Binary(c.socket), Binary(d.socket)]
        for viewer in viewers:
            await greeted(viewer)
        encoded = count_encodes(monkeypatch)
        monkeypatch.setattr(viewer_module, "message_frame", counted)
        bot.tell("user-llm-text", {"text": "once"})
        got = [await viewer.next() for viewer in viewers]
        assert (len(encoded), len(framed)) == (1, 1)
        assert got == [got[0]] * 4


async def test_a_microphone_reaches_the_call_and_nothing_in_the_house(desk: Desk) -> None:
    bot = desk.call()
    sound = audio_frame(1, b"\1\2" * 160, 16_000, 1)
    async with desk.watching() as plain, desk.watching("/rtvi") as house:
        for socket in (Binary(plain.socket), Binary(house.socket)):
            await greeted(socket)
            await socket.socket.send_bytes(sound)
            await socket.say("nonsense", None, "8")
            assert (await socket.next())["id"] == "8"
    assert bot.sound == [("anna", b"\1\2" * 160, 16_000, 1)]


@pytest.mark.parametrize(
    "frame",
    [Frame(transcription={"id": 7, "text": "yes"}), Frame(text={"id": 7, "text": "a"}), Frame(interruption={"id": 7})],
    ids=["transcription", "text", "interruption"],
)
async def test_other_frames_are_answered_as_the_messages_that_they_stand_for(desk: Desk, frame: Frame) -> None:
    desk.call()
    async with desk.watching() as plain:
        binary = Binary(plain.socket)
        await greeted(binary)
        await binary.socket.send_bytes(frame.SerializeToString())
        answer = await binary.next()
        assert (answer["type"], answer["id"]) == ("error-response", "7")


async def test_what_was_missed_in_one_form_comes_again_in_the_other(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as json:
        await greeted(json)
        last = bot.sequence.last
    missed = [bot.tell("user-llm-text", {"text": str(number)}) for number in range(3)]
    async with desk.watching(f"/rtvi/CA1?after={last}") as plain:
        binary = Binary(plain.socket)
        await binary.ready()
        assert [(await binary.next())["seq"] for _ in missed] == missed


async def test_lost_events_are_told_in_the_binary_form_too(desk: Desk) -> None:
    bot = desk.call()
    async with desk.watching() as plain:
        binary = Binary(plain.socket)
        await greeted(binary)
        for number in range(60):
            bot.tell("metrics", {"number": number}, droppable=True)
        assert (await binary.until("events-dropped"))["data"]["counts"] == {"metrics": 10}
        assert (await binary.next())["data"] == {"number": 10}


async def test_a_binary_viewer_that_says_nothing_more_is_told_of_its_end(desk: Desk) -> None:
    desk.call()
    async with desk.watching() as plain:
        await plain.socket.send_bytes(message_frame(orjson.dumps(READY)))
        async with asyncio.timeout(20):
            assert (await Binary(plain.socket).until("snapshot"))["type"] == "server-message"
        desk.hub.close()
        assert await plain.closed() == (1001, "the service stops")
