"""A supervisor in the binary form of the official transport, on a real call."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from appliance.audio.tones import tone
from appliance.rtvi.wire import Audio, message_frame, read_frame
from appliance.rtvi.wire.frames_pb2 import Frame
from appliance.simulator import Call, LiveCall, Phone, Wait
from appliance.speech.canned import babble
from tests.supervision.well_formed import well_formed
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines
from tests.whole.test_steering import heard_secs
from tests.whole.viewer import Message, Viewer, watching

QUESTION, GOODBYE = "Shall we go on?", "Thank you and goodbye."


class Binary(Viewer):
    """Speaks and is spoken to in frames; ``sound`` is what its transport would have played."""

    def __init__(self, plain: Viewer) -> None:
        super().__init__(plain.socket)
        self.sound: list[Audio] = []

    async def say(self, kind: str, data: Any = None, message_id: str = "1") -> None:
        message = {"label": "rtvi-ai", "type": kind, "id": message_id, "data": data}
        await self.socket.send_bytes(message_frame(json.dumps(message).encode()))

    async def send(self, frame: Frame) -> None:
        """Sends a frame that is no message."""
        await self.socket.send_bytes(frame.SerializeToString())

    async def next(self) -> Message:
        while isinstance(received := read_frame(await self.socket.receive_bytes(timeout=20)), Audio):
            self.sound.append(received)
        message = well_formed(json.loads(received))
        self.seen.append(message)
        return message

    async def answer(self, message_id: str) -> tuple[str, Any]:
        """Type and data of the answer to a request."""
        while (message := await self.next()).get("id") != message_id:
            pass
        return message["type"], message["data"]


@pytest.fixture
async def live(quick: Appliance, engines: Engines, phone: Phone) -> AsyncIterator[LiveCall]:
    """A caller who has been asked the question."""
    engines.secs = lambda text: 0.5
    async with phone.dialling(Call(url=quick.voice_url, to=NUMBER, actions=[Wait("end")], talk_secs=0.1)) as live:
        await live.line.until(lambda: QUESTION in engines.spoken, 20)
        await live.line.bot_has_spoken(20)
        yield live


@asynccontextmanager
async def supervising(quick: Appliance, live: LiveCall, role: str = "supervisor") -> AsyncIterator[Binary]:
    async with watching(quick, f"/rtvi/{live.sid}", role) as plain:
        viewer = Binary(plain)
        await viewer.ready()
        await viewer.until("snapshot")
        yield viewer


async def test_who_asks_for_it_hears_what_the_bot_says_at_the_rate_its_transport_plays(
    quick: Appliance, live: LiveCall
) -> None:
    async with supervising(quick, live) as listener, supervising(quick, live) as other:
        await listener.say("client-message", {"t": "bot-tts-audio", "d": {"on": True}}, "2")
        assert await listener.answer("2") == ("server-response", {"t": "bot-tts-audio", "d": {"on": True}})
        live.line.press("1")
        await listener.until("call-ended")
        await other.until("call-ended")
    assert {(each.sample_rate, each.num_channels) for each in listener.sound} == {(24_000, 1)}
    heard = np.frombuffer(b"".join(each.pcm for each in listener.sound), "<i2").astype(float)
    assert len(heard) == pytest.approx(24_000 * 0.5, abs=100)
    assert loudness(heard) == pytest.approx(loudness(np.frombuffer(babble(500), "<i2").astype(float)), rel=0.2)
    assert other.sound == []


def loudness(samples: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
    """Root mean square."""
    return float(np.sqrt((samples**2).mean()))


async def test_an_interruption_cuts_the_bot_off(quick: Appliance, live: LiveCall, engines: Engines) -> None:
    engines.secs = lambda text: 5.0
    async with supervising(quick, live) as viewer:
        live.line.press("9")
        await live.line.bot_speaks(20)
        await viewer.send(Frame(interruption={"id": 77, "name": "InterruptionFrame#1"}))
        assert await viewer.answer("77") == ("action-response", {"result": True})
        assert "bot-interrupted" in viewer.kinds()
        await live.line.until(lambda: not live.line.bot_is_speaking, 3)
        result = await live.hang_up()
    assert [item.what.split()[0] for item in result.items if item.who == "server"] == ["clears"]


async def test_a_transcription_is_what_the_caller_would_have_said(quick: Appliance, live: LiveCall) -> None:
    async with supervising(quick, live) as viewer:
        await viewer.send(Frame(transcription={"id": 5, "text": "yes", "user_id": "anna"}))
        await viewer.until("call-ended")
    result = await live.result()
    assert (result.problems, result.end) == ([], "<Hangup>")
    assert [turn["text"] for turn in (await quick.record(live.sid))["turns"]][-2:] == ["yes", GOODBYE]


async def test_a_text_is_spoken(quick: Appliance, live: LiveCall, engines: Engines) -> None:
    async with supervising(quick, live) as viewer:
        await viewer.send(Frame(text={"id": 6, "text": "One moment."}))
        assert await viewer.answer("6") == ("action-response", {"result": True})
        await live.line.until(lambda: "One moment." in engines.spoken, 20)
        await live.line.bot_has_spoken(20)


@pytest.mark.parametrize(
    ("frame", "permission"),
    [
        (Frame(transcription={"id": 5, "text": "yes"}), "send-text"),
        (Frame(text={"id": 5, "text": "Hello."}), "action tts:say"),
        (Frame(interruption={"id": 5}), "action tts:interrupt"),
    ],
    ids=["transcription", "text", "interruption"],
)
async def test_each_frame_needs_the_permission_of_what_it_does(
    quick: Appliance, live: LiveCall, frame: Frame, permission: str
) -> None:
    async with supervising(quick, live, "viewer") as viewer:
        await viewer.send(frame)
        sentence = f"Not permitted: the role 'viewer' lacks the permission '{permission}'."
        assert await viewer.answer("5") == ("error-response", {"error": sentence})


async def test_a_microphone_is_heard_by_the_caller_only_from_who_has_taken_the_call_over(
    quick: Appliance, live: LiveCall
) -> None:
    pcm = tone((440,), 0.6, 16_000)
    async with supervising(quick, live) as holder, supervising(quick, live) as other:
        await holder.say("action", {"service": "call", "action": "take_over"}, "2")
        assert await holder.answer("2") == ("action-response", {"result": True})
        for at in range(0, len(pcm), 1280):
            piece = {"audio": pcm[at : at + 1280], "sample_rate": 16_000, "num_channels": 1}
            for viewer in (holder, other):
                await viewer.send(Frame(audio=piece))
        await live.line.bot_speaks(20)
        await live.line.bot_has_spoken(20)
        result = await live.hang_up()
    assert heard_secs(result.bot_track) == pytest.approx(0.6, abs=0.1)
