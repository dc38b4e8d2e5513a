"""The bot's speech for viewers that listen, in both wire forms."""

import base64
from typing import Any

import pytest

from appliance.audio.resample import Resampler
from appliance.audio.tones import tone
from appliance.frames import TTSAudioRawFrame
from appliance.redaction import Redactor
from appliance.rtvi import sound
from appliance.rtvi.sound import PLAYED_HZ
from appliance.rtvi.viewer import Outgoing
from appliance.rtvi.wire import Audio, read_frame
from tests.rtvi.stage import FakeViewer, Stage

SPEECH = tone((440,), 0.5)
PIECES = [SPEECH[at : at + 1000] for at in range(0, len(SPEECH), 1000)]
ON, OFF = {"t": "bot-tts-audio", "d": {"on": True}}, {"t": "bot-tts-audio", "d": {"on": False}}


async def listener(stage: Stage, name: str, **facts: Any) -> FakeViewer:
    viewer = await stage.watcher(name, **facts)
    await stage.say(viewer, "client-message", ON)
    viewer.forget()
    return viewer


async def speak(stage: Stage, *pieces: bytes, rate: int = 8000) -> None:
    await stage.push(*(TTSAudioRawFrame(piece, rate, 1) for piece in pieces))


def played(viewer: FakeViewer) -> list[Audio]:
    """What a binary viewer's transport plays."""
    frames = [read_frame(each.encode_binary()) for each in viewer.outgoing]
    assert all(isinstance(frame, Audio) for frame in frames)
    return [frame for frame in frames if isinstance(frame, Audio)]


async def test_a_binary_viewer_gets_one_unbroken_stream_at_the_rate_its_transport_plays() -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera")
        await speak(stage, *PIECES)
        sound = played(viewer)
        assert {(each.sample_rate, each.num_channels) for each in sound} == {(24_000, 1)}
        assert b"".join(each.pcm for each in sound) == Resampler(8000, PLAYED_HZ).process(SPEECH)
        assert len(sound) == len(PIECES)


async def test_a_json_viewer_gets_the_same_pieces_as_they_were_made() -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera")
        await speak(stage, *PIECES)
        data = [message["data"] for message in viewer.got]
        assert [base64.b64decode(each["audio"]) for each in data] == PIECES
        assert {(each["sample_rate"], each["num_channels"]) for each in data} == {(8000, 1)}


async def test_many_listeners_share_one_message_and_one_resampling(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(Resampler):
        def process(self, pcm: bytes) -> bytes:
            made.append(len(pcm))
            return super().process(pcm)

    monkeypatch.setattr(sound, "Resampler", Counted)
    async with Stage() as stage:
        viewers = [await listener(stage, name) for name in ("one", "two", "three")]
        await speak(stage, *PIECES[:2])
        assert made == []
        for viewer in viewers:
            played(viewer)
        assert made == [1000, 1000]
        one, *others = viewers
        assert all(other.outgoing == one.outgoing for other in others)
        assert one.outgoing[0].encode_binary() is one.outgoing[0].encode_binary()


async def test_sound_is_the_first_to_go_and_is_never_replayed() -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera")
        await speak(stage, PIECES[0])
        (sound,) = viewer.outgoing
        assert (sound.type, sound.droppable, sound.private) == ("bot-tts-audio", True, True)


async def test_a_voice_of_another_rate_is_resampled_from_that() -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera")
        await speak(stage, PIECES[0])
        played(viewer)
        viewer.forget()
        await speak(stage, SPEECH, rate=16_000)
        assert [each.pcm for each in played(viewer)] == [Resampler(16_000, PLAYED_HZ).process(SPEECH)]


@pytest.mark.parametrize("way", ["asks for no more", "leaves", "its connection is over"])
async def test_nothing_is_made_for_a_viewer_that_does_not_listen_any_more(way: str) -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera")
        if way == "leaves":
            stage.rtvi.leave(viewer)
        elif way == "its connection is over":
            stage.rtvi.disconnected(viewer)
        else:
            await stage.say(viewer, "client-message", OFF)
        viewer.forget()
        before = stage.rtvi.sequence.last
        await speak(stage, *PIECES)
        assert (viewer.outgoing, stage.rtvi.sequence.last) == ([], before)


async def test_who_may_not_see_what_is_sensitive_does_not_hear_it_either() -> None:
    async with Stage() as stage:
        stage.rtvi.audience.redactor = Redactor(kinds=("card",))
        viewer = await stage.watcher("vera", role="viewer", sees_sensitive=False)
        await stage.say(viewer, "client-message", ON, id="5")
        answer = {"error": "Not permitted: the role 'viewer' does not see what is sensitive in this call."}
        assert viewer.got == [{"type": "error-response", "id": "5", "data": answer}]
        viewer.forget()
        await speak(stage, *PIECES)
        assert viewer.got == []


async def test_where_nothing_is_sensitive_everybody_may_listen() -> None:
    async with Stage() as stage:
        viewer = await listener(stage, "vera", sees_sensitive=False)
        await speak(stage, PIECES[0])
        assert [type(each) for each in viewer.outgoing] == [Outgoing]
