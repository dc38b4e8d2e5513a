"""What the detector calls voiced gets a second opinion."""

from pathlib import Path

import numpy as np
import pytest

from appliance.audio import tones
from appliance.audio.tones import frames_of
from appliance.audio.voice import flatness, is_hiss, is_voice
from appliance.audio.wav import read_wav

DATA = Path(__file__).parent.parent / "data"


def _noise(secs: float, rms: float) -> bytes:
    return np.random.default_rng(5).normal(0, rms, round(secs * 8000)).astype("<i2").tobytes()


WORD = read_wav(DATA / "speech_table.wav").pcm[3200:6400]


def test_a_word_is_a_voice() -> None:
    assert is_voice(WORD)


def test_a_click_before_a_word_does_not_hide_it() -> None:
    assert is_voice(b"\xff\x7f\x01\x80" * 40 + WORD)


@pytest.mark.parametrize(
    "pcm",
    [b"", bytes(3200), tones.tone((440, 480), 0.2), _noise(0.2, 1000)],
    ids=["no audio", "silence", "ringback", "hiss"],
)
def test_silence_tones_and_hiss_are_no_voices(pcm: bytes) -> None:
    assert not is_voice(pcm)


def test_the_end_of_a_tone_in_a_noisy_line_is_no_voice() -> None:
    assert not is_voice(tones.tone((697, 1209), 0.03, dbfs=-12) + _noise(0.17, 300))


def test_what_is_not_loud_enough_is_no_voice() -> None:
    rms = float(np.sqrt((frames_of(WORD) ** 2).mean()))
    assert is_voice(WORD, rms - 1)
    assert not is_voice(WORD, rms + 1)


def test_flatness_runs_from_a_line_to_white_noise() -> None:
    assert flatness(frames_of(tones.beep(0.2)).ravel()) < 0.01
    assert flatness(frames_of(_noise(0.2, 1000)).ravel()) == pytest.approx(0.56, abs=0.08)


def test_hiss_is_told_from_a_word() -> None:
    assert is_hiss(_noise(0.2, 1000))
    assert not is_hiss(WORD)
