"""Whose microphone is heard."""

from typing import Any

import pytest

from appliance.errors import ProtocolError
from appliance.frames import InputAudioRawFrame
from appliance.rtvi.client_messages import RawAudioBatchMessage
from appliance.rtvi.envelope import Message
from appliance.rtvi.microphones import pieces_of
from tests.rtvi.stage import FakeViewer, Stage

ONE = {"base64Audio": "AAE=", "sampleRate": 16000, "numChannels": 1}
TWO = {"base64AudioBatch": ["AAE=", "AgM="], "sampleRate": 48000, "numChannels": 2}


class Heard:
    """What is heard of the viewer who holds the call, and whether that viewer has gone."""

    def __init__(self, stage: Stage, viewer: FakeViewer) -> None:
        self.pieces: list[tuple[bytes, int, int]] = []
        self.gone = 0
        stage.rtvi.microphones.give(viewer, self.hear, self.on_gone)

    def hear(self, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        if sample_rate < 8000:
            raise ProtocolError(f"Audio of {sample_rate} Hz cannot be used.")
        self.pieces.append((pcm, sample_rate, num_channels))

    def on_gone(self) -> None:
        self.gone += 1


async def test_the_holders_audio_is_heard_whatever_message_it_comes_in() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        heard = Heard(stage, viewer)
        await stage.say(viewer, "raw-audio", ONE)
        await stage.say(viewer, "raw-audio-batch", TWO)
        stage.rtvi.receive_audio(viewer, b"\x04\x05", 8000, 1)
        assert heard.pieces == [
            (b"\x00\x01", 16000, 1),
            (b"\x00\x01", 48000, 2),
            (b"\x02\x03", 48000, 2),
            (b"\x04\x05", 8000, 1),
        ]
        assert viewer.got == []
        assert stage.rtvi.microphones.dropped == 0


async def test_anybody_elses_audio_is_dropped_unread_and_counted() -> None:
    async with Stage() as stage:
        holder, other = await stage.watcher("holder"), await stage.watcher("other")
        heard = Heard(stage, holder)
        await stage.say(other, "raw-audio", {"base64Audio": "no base64 at all"})
        stage.rtvi.receive_audio(other, b"\x00", -1, 0)
        stage.rtvi.receive_audio(FakeViewer("nobody"), b"\x00", 8000, 1)
        assert (heard.pieces, other.got, stage.rtvi.microphones.dropped) == ([], [], 2)


async def test_a_role_that_may_not_speak_is_not_heard_though_it_holds_the_call() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher(permitted={"client-ready", "action call:take_over"})
        heard = Heard(stage, viewer)
        await stage.say(viewer, "raw-audio", ONE)
        stage.rtvi.receive_audio(viewer, b"\x00\x01", 8000, 1)
        assert (heard.pieces, stage.rtvi.microphones.dropped) == ([], 2)


async def test_nobody_is_heard_any_more_once_it_was_taken_back() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        heard = Heard(stage, viewer)
        stage.rtvi.microphones.take_back()
        await stage.say(viewer, "raw-audio", ONE)
        stage.rtvi.leave(viewer)
        assert (heard.pieces, heard.gone) == ([], 0)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({**ONE, "base64Audio": "A"}, "Invalid raw-audio message: its audio is not base64."),
        ({**ONE, "base64Audio": "A&A="}, "Invalid raw-audio message: its audio is not base64."),
        ({**ONE, "base64Audio": "\u00e4\u00e4\u00e4\u00e4"}, "Invalid raw-audio message: its audio is not base64."),
        ({"base64Audio": "AAE="}, "Invalid raw-audio message: data.sampleRate: Field required."),
        ({**ONE, "sampleRate": 1}, "Audio of 1 Hz cannot be used."),
        (None, "Invalid raw-audio message: data: Field required."),
    ],
)
async def test_the_holder_is_told_what_is_wrong_with_its_audio(data: Any, problem: str) -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        heard = Heard(stage, viewer)
        await stage.say(viewer, "raw-audio", data, id="7")
        assert viewer.got == [{"type": "error-response", "id": "7", "data": {"error": problem}}]
        assert heard.pieces == []


async def test_audio_outside_of_messages_that_cannot_be_used_is_an_error() -> None:
    async with Stage() as stage:
        viewer = await stage.watcher()
        Heard(stage, viewer)
        stage.rtvi.receive_audio(viewer, b"\x00\x01", 1, 1)
        problem = "Audio of 1 Hz cannot be used."
        assert viewer.got == [{"type": "error", "data": {"error": problem, "message": problem, "fatal": False}}]


@pytest.mark.parametrize("way", ["leave", "disconnected"])
async def test_a_holder_whose_connection_is_over_is_told_of_and_nobody_else(way: str) -> None:
    async with Stage() as stage:
        holder, other = await stage.watcher("holder"), await stage.watcher("other")
        heard = Heard(stage, holder)
        getattr(stage.rtvi, way)(other)
        assert heard.gone == 0
        getattr(stage.rtvi, way)(holder)
        assert heard.gone == 1


async def test_audio_that_the_program_gives_is_the_users() -> None:
    async with Stage() as stage:
        await stage.rtvi.handle_message(Message(type="raw-audio-batch", id="1", data=TWO))
        await stage.settle()
        frames = [frame for frame in stage.mouth.passed if isinstance(frame, InputAudioRawFrame)]
        assert [(frame.audio, frame.sample_rate, frame.num_channels) for frame in frames] == [
            (b"\x00\x01", 48000, 2),
            (b"\x02\x03", 48000, 2),
        ]


def test_a_batch_is_taken_apart_piece_by_piece_until_one_is_bad() -> None:
    bad = RawAudioBatchMessage.model_validate({"id": "1", "data": {**TWO, "base64AudioBatch": ["AAE=", "A"]}})
    pieces = pieces_of(bad)
    assert next(pieces) == (b"\x00\x01", 48000, 2)
    with pytest.raises(ProtocolError):
        next(pieces)
