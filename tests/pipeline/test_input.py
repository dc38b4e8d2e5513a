from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.audio.tones import silence, tone
from appliance.audio.turn import TurnParams, TurnTaking
from appliance.audio.vad import VADAnalyzer, VADParams
from appliance.audio.wav import mono_8k, read_wav
from appliance.frames import (
    CallerTurnFrame,
    ExpectedAnswersFrame,
    InputAudioRawFrame,
    KeysAhead,
    LineLostFrame,
    ListeningFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
)
from appliance.pipeline import BaseObserver, FrameDirection, FramePushed
from appliance.pipeline.input import BaseInputTransport
from tests.pipeline.rig import Rig


@pytest.fixture
def speech() -> bytes:
    return mono_8k(read_wav(next((Path(__file__).parent.parent / "data").glob("speech_*.wav"))))


class Listening:
    """An input in a pipeline."""

    def __init__(self) -> None:
        turn = TurnTaking(TurnParams())
        self.input = BaseInputTransport(VADAnalyzer(VADParams()), turn)
        self.rig = Rig(self.input)

    async def hear(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), 320):
            self.input.receive_audio(pcm[start : start + 320])
        await self.rig.settle()


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    listening = Listening()
    async with listening.rig:
        yield listening


async def test_speech_is_a_voice_and_a_turn(listening: Listening, speech: bytes) -> None:
    await listening.hear(silence(0.3, 8000) + speech + silence(1.0, 8000))
    assert listening.rig.names()[:2] == ["VADUserStartedSpeakingFrame", "UserStartedSpeakingFrame"]
    assert listening.rig.names()[-2:] == ["VADUserStoppedSpeakingFrame", "UserStoppedSpeakingFrame"]


async def test_a_beep_is_neither(listening: Listening) -> None:
    await listening.hear(silence(0.3, 8000) + tone([1000], 1.0) + silence(1.0, 8000))
    assert listening.rig.names() == []


async def test_speech_during_a_reply_interrupts_it_before_the_turn_begins(listening: Listening, speech: bytes) -> None:
    listening.rig.inbox.replies.begin()
    await listening.hear(silence(0.3, 8000) + speech)
    assert listening.rig.names()[:3] == [
        "VADUserStartedSpeakingFrame",
        "InterruptionFrame",
        "UserStartedSpeakingFrame",
    ]


async def test_a_key_interrupts_a_reply_at_once(listening: Listening) -> None:
    listening.rig.inbox.replies.begin()
    listening.input.receive_key("1")
    await listening.rig.settle()
    assert listening.rig.names() == ["InterruptionFrame", "InputDTMFFrame"]


async def test_a_line_that_is_lost_in_mid_word_ends_the_turn_for_good(listening: Listening, speech: bytes) -> None:
    await listening.hear(silence(0.3, 8000) + speech[:8000])
    assert listening.input.turn.in_turn
    await listening.rig.send(LineLostFrame())
    assert listening.rig.names()[-3:] == ["VADUserStoppedSpeakingFrame", "UserStoppedSpeakingFrame", "LineLostFrame"]
    await listening.hear(silence(1.0, 8000))
    assert listening.rig.names()[-1] == "LineLostFrame"
    await listening.hear(speech)
    assert listening.rig.names().count("UserStartedSpeakingFrame") == 2


async def test_audio_becomes_frames_only_while_somebody_looks_at_its_level(speech: bytes) -> None:
    class Meter(BaseObserver):
        frame_types = (InputAudioRawFrame,)
        awake = False

        def __init__(self) -> None:
            self.heard = 0

        @property
        def active(self) -> bool:
            return self.awake

        async def on_push_frame(self, data: FramePushed) -> None:
            self.heard += 1

    meter = Meter()
    line = BaseInputTransport(VADAnalyzer(VADParams()), TurnTaking(TurnParams()))
    async with Rig(line, observers=(meter,)) as rig:
        line.receive_audio(speech[:320])
        await rig.settle()
        meter.awake = True
        line.receive_audio(speech[320:640])
        await rig.settle()
    assert meter.heard == 1


async def test_a_muted_caller_is_not_listened_to_and_a_turn_that_had_begun_ends(
    listening: Listening, speech: bytes
) -> None:
    await listening.hear(silence(0.3, 8000) + speech[:8000])
    assert listening.input.turn.in_turn
    await listening.rig.send(UserMuteStartedFrame())
    await listening.hear(speech + speech)
    assert listening.rig.names()[-2:] == ["VADUserStoppedSpeakingFrame", "UserStoppedSpeakingFrame"]
    await listening.rig.send(UserMuteStoppedFrame())
    await listening.hear(silence(0.3, 8000) + speech)
    assert listening.rig.names().count("UserStartedSpeakingFrame") == 2


async def test_who_taps_the_line_hears_a_muted_caller_too(listening: Listening, speech: bytes) -> None:
    heard: list[bytes] = []
    await listening.hear(speech[:320])
    listening.input.tap = heard.append
    await listening.rig.send(UserMuteStartedFrame())
    await listening.hear(speech[320:640])
    listening.input.tap = None
    await listening.hear(speech[640:960])
    assert heard == [speech[320:640]]


class Ear:
    """An engine that hears the caller itself."""

    def __init__(self, *, detects_turns: bool) -> None:
        self.detects_turns = detects_turns


async def test_an_engine_that_detects_turns_begins_and_ends_them_in_our_place(
    listening: Listening, speech: bytes
) -> None:
    listening.rig.inbox.put(listening.input, ListeningFrame(Ear(detects_turns=True)), FrameDirection.UPSTREAM)
    await listening.rig.settle()
    await listening.hear(silence(0.3, 8000) + speech + silence(1.0, 8000))
    assert set(listening.rig.names()) == {"VADUserStartedSpeakingFrame", "VADUserStoppedSpeakingFrame"}
    listening.rig.down.clear()
    listening.rig.inbox.replies.begin()
    for begins in (True, False):
        listening.rig.inbox.put(listening.input, CallerTurnFrame(begins), FrameDirection.UPSTREAM)
        await listening.rig.settle()
    assert listening.rig.names() == ["InterruptionFrame", "UserStartedSpeakingFrame", "UserStoppedSpeakingFrame"]
    assert not any(isinstance(frame, CallerTurnFrame) for frame in listening.rig.up)


async def test_one_that_only_hears_leaves_the_turns_to_us_and_tells_no_words(
    listening: Listening, speech: bytes
) -> None:
    listening.rig.inbox.put(listening.input, ListeningFrame(Ear(detects_turns=False)), FrameDirection.UPSTREAM)
    listening.rig.inbox.put(listening.input, CallerTurnFrame(True), FrameDirection.UPSTREAM)
    await listening.rig.settle()
    assert (listening.input.turn.tells_words, listening.rig.names()) == (False, [])
    await listening.hear(silence(0.3, 8000) + speech + silence(1.0, 8000))
    assert listening.rig.names()[-1] == "UserStoppedSpeakingFrame"
    listening.rig.inbox.put(listening.input, ListeningFrame(None), FrameDirection.UPSTREAM)
    await listening.rig.settle()
    assert listening.input.turn.tells_words


@pytest.mark.parametrize(
    ("expected", "told"), [(None, ["InterruptionFrame", "InputDTMFFrame"]), (KeysAhead(), ["InputDTMFFrame"])]
)
async def test_a_key_interrupts_the_bot_unless_it_is_kept_for_the_next_question(
    listening: Listening, expected: KeysAhead | None, told: list[str]
) -> None:
    await listening.rig.send(ExpectedAnswersFrame(expected))
    listening.rig.down.clear()
    listening.rig.inbox.replies.begin()
    listening.input.receive_key("1")
    await listening.rig.settle()
    assert listening.rig.names() == told
    assert listening.rig.inbox.replies.open is (expected is not None)


async def test_who_records_hears_the_line_as_it_is_also_when_the_caller_is_muted(listening: Listening) -> None:
    heard: list[bytes] = []
    listening.input.recorders += (heard.append,)
    await listening.rig.send(UserMuteStartedFrame())
    await listening.hear(tone([440], 0.04))
    assert b"".join(heard) == tone([440], 0.04)
