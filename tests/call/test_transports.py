from typing import Any

import pytest

from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer, VADParams, WebRtcDetector
from appliance.call.transports import CarrierTransport
from appliance.carriers.base import MarkFrame, StreamStopFrame
from appliance.frames import InputDTMFFrame, InterruptionFrame, LineBackFrame, LineLostFrame
from appliance.pipeline import Pipeline  # noqa: F401 - the pipeline before its parts
from tests.pipeline.rig import Pass, Rig


class Written:
    """What a line was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def play(self, pcm: bytes) -> None:
        self.told.append(f"play {len(pcm)}")

    def mark(self, name: str) -> None:
        self.told.append(f"mark {name}")

    def clear(self) -> None:
        self.told.append("clear")


@pytest.fixture
def transport() -> CarrierTransport:
    return CarrierTransport(VADAnalyzer(VADParams(), WebRtcDetector(3)), TurnTaking(TurnParams()), marks=True)


def _written(transport: CarrierTransport) -> Written:
    line: Any = Written()
    transport.attach(line)
    assert isinstance(line, Written)
    return line


def test_what_the_bot_says_goes_to_the_line_that_is_attached(transport: CarrierTransport) -> None:
    line, output = _written(transport), transport.output()
    output.write_audio(bytes(320))
    output.write_mark("g0-1")
    output.write_clear()
    assert line.told == ["play 320", "mark g0-1", "clear"]


def test_between_streams_it_goes_to_nobody(transport: CarrierTransport) -> None:
    output = transport.output()
    output.write_audio(bytes(320))
    output.write_mark("g0-1")
    output.write_clear()
    assert output.line is None


async def test_a_lost_line_silences_the_bot_and_a_new_one_is_told_to_the_dialogue(transport: CarrierTransport) -> None:
    line = _written(transport)
    async with Rig(transport.input(), Pass(), transport.output()) as rig:
        transport.detach()
        await rig.settle()
        transport.output().write_audio(bytes(320))
        transport.back()
        await rig.settle()
        seen = [type(frame) for frame in rig.down]
    assert seen == [InterruptionFrame, LineLostFrame, LineBackFrame]
    assert line.told == []


async def test_keys_and_marks_are_taken_and_a_stop_ends_the_stream(transport: CarrierTransport) -> None:
    async with Rig(transport.input(), Pass(), transport.output()) as rig:
        assert transport.receive(InputDTMFFrame("5"))
        assert transport.receive(MarkFrame("never sent"))
        assert not transport.receive(StreamStopFrame())
        await rig.settle()
        keys = [frame.button for frame in rig.down if isinstance(frame, InputDTMFFrame)]
    assert keys == ["5"]
