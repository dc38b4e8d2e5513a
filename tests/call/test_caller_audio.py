"""Supervisors listen to the caller."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.call.caller_audio import PIECE_BYTES
from appliance.redaction import Redactor
from appliance.rtvi.wire import Audio, read_frame
from tests.call.lines import SPEECH, House, Wire
from tests.call.supervisors import Supervisor

ON, OFF = {"t": "caller-audio", "d": {"on": True}}, {"t": "caller-audio", "d": {"on": False}}
WORDS = SPEECH[: len(SPEECH) // PIECE_BYTES * PIECE_BYTES]
HEARD = ulaw_to_pcm(pcm_to_ulaw(WORDS))
"""As the telephone carries it."""


class Live:
    """A call, its caller's line, and a supervisor."""

    def __init__(self, house: House, wire: Wire) -> None:
        self.house = house
        self.wire = wire
        self.anna = Supervisor(house.call)

    async def caller_speaks(self) -> None:
        """The caller says something, and all of it has come in."""
        line = self.house.call.transport.input()
        until = line.vad.audio_secs + len(WORDS) / 16_000
        self.wire.speaks(WORDS)
        await self.house.until(lambda: line.vad.audio_secs >= until - 0.001)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    house, wire = House(tmp_path), Wire()
    stream = house.connect(wire)
    await house.asked()
    live = Live(house, wire)
    await live.anna.ready()
    yield live
    await house.call.finish("abandoned", "the test is over")
    wire.says(None)
    await asyncio.wait_for(stream, 5)


def heard(viewer: Supervisor) -> bytes:
    pieces = [data for data in viewer.heard("server-message") if data["type"] == "caller-audio"]
    assert {(piece["sample_rate"], piece["num_channels"]) for piece in pieces} <= {(8000, 1)}
    return b"".join(base64.b64decode(piece["audio"]) for piece in pieces)


async def test_who_asks_hears_the_caller_and_nobody_else_does(live: Live) -> None:
    other = await Supervisor(live.house.call, "bert").ready()
    answer = await live.anna.asks("client-message", ON)
    assert answer == {"type": "server-response", "data": {"t": "caller-audio", "d": {"on": True}}}
    await live.caller_speaks()
    assert (heard(live.anna), heard(other)) == (HEARD, b"")
    sound = [one for one in live.anna.outgoing if one.droppable and one.private]
    assert len(sound) == len(HEARD) // PIECE_BYTES


async def test_the_official_transport_gets_sound_that_it_plays(live: Live) -> None:
    await live.anna.asks("client-message", ON)
    await live.caller_speaks()
    sound = [one for one in live.anna.outgoing if one.private and one.droppable]
    frames = [read_frame(one.encode_binary()) for one in sound]
    assert {(frame.sample_rate, frame.num_channels) for frame in frames if isinstance(frame, Audio)} == {(24_000, 1)}
    assert len(frames) == len(sound) > 0


@pytest.mark.parametrize("way", ["off", "leaves", "is disconnected"])
async def test_nothing_is_done_any_more_once_nobody_listens(live: Live, way: str) -> None:
    line = live.house.call.transport.input()
    assert line.tap is None
    await live.anna.asks("client-message", ON)
    assert line.tap is not None
    if way == "off":
        await live.anna.asks("client-message", OFF)
    elif way == "leaves":
        live.house.call.rtvi.leave(live.anna)
    else:
        live.house.call.rtvi.disconnected(live.anna)
    await live.caller_speaks()
    assert (heard(live.anna), line.tap) == (b"", None)


async def test_a_muted_caller_is_still_heard_by_who_listens(live: Live) -> None:
    await live.anna.asks("client-message", ON)
    await live.anna.does("call:mute")
    await live.caller_speaks()
    assert heard(live.anna) == HEARD


async def test_only_who_may_speak_to_the_caller_may_listen(live: Live) -> None:
    coach = await Supervisor(
        live.house.call, "carl", role="coach", permitted={"client-ready", "client-message", "action dialogue:append"}
    ).ready()
    lacking = "Not permitted: the role 'coach' lacks the permission 'action call:take_over'."
    assert await coach.asks("client-message", ON) == {"type": "error-response", "data": {"error": lacking}}
    assert (await coach.asks("client-message", OFF))["type"] == "server-response"
    assert live.house.call.transport.input().tap is None


async def test_who_may_not_see_what_is_sensitive_may_not_hear_it_either(live: Live) -> None:
    live.house.call.rtvi.redactor = Redactor(kinds=("card",))
    dora = await Supervisor(live.house.call, "dora", role="speaker", sees_sensitive=False).ready()
    refused = "Not permitted: the role 'speaker' does not see what is sensitive in this call."
    assert await dora.asks("client-message", ON) == {"type": "error-response", "data": {"error": refused}}
    assert live.house.call.transport.input().tap is None
