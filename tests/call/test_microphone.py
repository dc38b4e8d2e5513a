"""A supervisor's voice on its way to the caller."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from appliance.audio.tones import tone
from appliance.call.microphone import AHEAD_SECS, CUSHION_SECS, MOST_WAITING_SECS, Microphone
from appliance.clock import ManualClock
from appliance.errors import ProtocolError
from appliance.frames import BotStartedSpeakingFrame, InterruptionFrame, OutputAudioRawFrame
from appliance.pipeline.transport import BaseOutputTransport
from tests.pipeline.rig import Rig

BYTES_PER_SEC = 16_000


class Output(BaseOutputTransport):
    """Keeps what would go to the carrier."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.played = b""

    def write_audio(self, pcm: bytes) -> None:
        self.played += pcm

    def write_clear(self) -> None:
        pass


class Speaking:
    """A microphone, the output it plays through, and a clock in the hands of the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(50.0)
        self.output = Output(self.clock)
        self.rig = Rig(self.output)
        self.microphone = Microphone(self.output)

    def after(self, secs: float) -> None:
        """Time passes, and the timer, if there is one, is due."""
        self.clock.advance(secs)
        if self.microphone._timer is not None:
            self.microphone._call_off()
            self.microphone._time_is_up()

    @property
    def played_secs(self) -> float:
        return len(self.output.played) / BYTES_PER_SEC


@pytest.fixture
async def speaking() -> AsyncIterator[Speaking]:
    speaking = Speaking()
    async with speaking.rig:
        yield speaking


def sound(secs: float, rate_hz: int = 8000) -> bytes:
    """Sound of which no two stretches are alike."""
    return np.random.default_rng(1).integers(-9000, 9000, round(secs * rate_hz), np.int16).tobytes()


async def test_a_voice_in_real_time_is_played_as_it_comes_after_a_small_cushion(speaking: Speaking) -> None:
    voice = sound(2.0)
    for at in range(0, len(voice), 320):
        speaking.microphone.hear(voice[at : at + 320], 8000, 1)
        speaking.clock.advance(0.02)
        assert speaking.output.playout.lead <= AHEAD_SECS
    assert speaking.output.played == voice
    assert speaking.microphone.dropped_secs == 0
    assert speaking.output.playout.lead == pytest.approx(CUSHION_SECS - 0.02, abs=0.001)


async def test_a_piece_that_comes_alone_is_played_after_the_cushions_time(speaking: Speaking) -> None:
    speaking.microphone.hear(sound(0.02), 8000, 1)
    assert speaking.played_secs == 0
    speaking.after(CUSHION_SECS)
    assert speaking.played_secs == pytest.approx(0.02)


async def test_what_comes_in_one_go_is_given_to_the_carrier_little_by_little(speaking: Speaking) -> None:
    voice = sound(0.8)
    speaking.microphone.hear(voice, 8000, 1)
    assert speaking.played_secs == pytest.approx(AHEAD_SECS)
    for _ in range(10):
        speaking.after(0.1)
        assert speaking.output.playout.lead <= AHEAD_SECS + 0.001
    assert speaking.output.played == voice
    assert speaking.microphone._timer is None


async def test_of_what_comes_too_fast_the_oldest_is_dropped_and_memory_is_bounded(speaking: Speaking) -> None:
    voice = sound(10.0)
    for at in range(0, len(voice), 1600):
        speaking.microphone.hear(voice[at : at + 1600], 8000, 1)
        assert speaking.microphone.waiting_secs <= MOST_WAITING_SECS
    assert speaking.microphone.dropped_secs == pytest.approx(10.0 - MOST_WAITING_SECS - AHEAD_SECS, abs=0.001)
    for _ in range(12):
        speaking.after(0.1)
    first, last = round(AHEAD_SECS * BYTES_PER_SEC), round(MOST_WAITING_SECS * BYTES_PER_SEC)
    assert speaking.output.played == voice[:first] + voice[-last:]


async def test_a_minute_in_one_message_is_cut_before_it_is_worked_on(speaking: Speaking) -> None:
    voice = sound(60.0, 16_000)
    speaking.microphone.hear(voice, 16_000, 1)
    assert speaking.microphone.dropped_secs == pytest.approx(59.0, abs=0.01)
    assert speaking.microphone.waiting_secs + speaking.played_secs == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (8000, 2), (16_000, 1), (24_000, 2), (48_000, 1)])
async def test_any_usual_form_becomes_one_unbroken_telephone_sound(
    speaking: Speaking, rate_hz: int, channels: int
) -> None:
    voice = np.frombuffer(tone((440,), 1.0, rate_hz), np.int16)
    pcm = np.repeat(voice, channels).tobytes()
    for at in range(0, len(pcm), 641):  # Odd pieces: samples and pairs of them are put together again.
        speaking.microphone.hear(pcm[at : at + 641], rate_hz, channels)
        speaking.clock.advance(641 / (2 * channels * rate_hz))
    speaking.after(0.5)
    heard = np.frombuffer(speaking.output.played, np.int16).astype(float)
    assert len(heard) / 8000 == pytest.approx(1.0, abs=0.04)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    near = slice(round(430 * len(heard) / 8000), round(450 * len(heard) / 8000) + 1)
    assert spectrum[near].sum() / spectrum.sum() > 0.999


@pytest.mark.parametrize(
    ("rate_hz", "channels", "problem"),
    [
        (0, 1, "Audio of 0 Hz, expected 8000 to 96000 Hz."),
        (-8000, 1, "Audio of -8000 Hz, expected 8000 to 96000 Hz."),
        (2**31, 1, "Audio of 2147483648 Hz, expected 8000 to 96000 Hz."),
        (8000, 0, "Audio of 0 channels, expected 1 or 2."),
        (8000, 7, "Audio of 7 channels, expected 1 or 2."),
    ],
)
async def test_what_cannot_be_played_is_refused(speaking: Speaking, rate_hz: int, channels: int, problem: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        speaking.microphone.hear(sound(0.5), rate_hz, channels)
    assert str(refused.value) == problem
    assert (speaking.output.played, speaking.microphone.waiting_secs) == (b"", 0)


async def test_nothing_is_nothing(speaking: Speaking) -> None:
    speaking.microphone.hear(b"", 8000, 1)
    speaking.microphone.hear(b"\x01", 8000, 1)
    speaking.after(1.0)
    assert (speaking.output.played, speaking.microphone._timer) == (b"", None)


async def test_while_the_bot_is_told_to_say_something_the_voice_waits(speaking: Speaking) -> None:
    await speaking.rig.send(OutputAudioRawFrame(bytes(8000)))
    assert any(isinstance(frame, BotStartedSpeakingFrame) for frame in speaking.rig.down)
    bot = speaking.output.played
    voice = sound(0.5)
    speaking.microphone.hear(voice, 8000, 1)
    speaking.after(AHEAD_SECS)
    assert speaking.output.played == bot
    await speaking.rig.send(InterruptionFrame())
    for _ in range(8):
        speaking.after(0.1)
    assert speaking.output.played == bot + voice


async def test_the_last_words_of_a_voice_that_stops_are_played_and_nothing_is_left_for_the_next(
    speaking: Speaking,
) -> None:
    voice = tone((440,), 0.9, 16_000)
    speaking.microphone.hear(voice, 16_000, 1)
    assert speaking.played_secs == pytest.approx(AHEAD_SECS)
    speaking.microphone.stop()
    assert speaking.played_secs == pytest.approx(0.9, abs=0.001)
    assert (speaking.microphone.waiting_secs, speaking.microphone._timer) == (0, None)
    before = speaking.output.played
    speaking.after(1.0)
    speaking.microphone.hear(sound(0.1), 8000, 1)
    assert speaking.output.played == before + sound(0.1)


async def test_the_last_words_of_a_voice_are_not_mixed_into_the_bots(speaking: Speaking) -> None:
    await speaking.rig.send(OutputAudioRawFrame(bytes(8000)))
    bot = speaking.output.played
    speaking.microphone.hear(sound(0.5), 8000, 1)
    speaking.microphone.stop()
    assert (speaking.output.played, speaking.microphone.waiting_secs) == (bot, 0)


async def test_a_late_piece_is_no_gap_in_a_word(speaking: Speaking) -> None:
    voice = sound(0.4)
    speaking.microphone.hear(voice[:960], 8000, 1)
    for late, at in enumerate(range(960, len(voice), 320)):
        speaking.clock.advance(0.005 if late % 2 else 0.035)
        assert speaking.output.playout.lead > 0
        speaking.microphone.hear(voice[at : at + 320], 8000, 1)
    assert speaking.output.played == voice
