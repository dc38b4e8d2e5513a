"""Sounds of a telephone line."""

import base64
from pathlib import Path

import numpy as np
import pytest

from appliance.audio.wav import read_wav, write_wav
from appliance.errors import ProtocolError
from appliance.simulator.sound import (
    LINE_NOISE,
    SILENCE,
    Sound,
    audible_samples,
    decode,
    is_audible,
    write_stereo,
)


def pcm(*parts: tuple[int, int]) -> bytes:
    """So many samples of so much, after each other."""
    return np.concatenate([np.full(count, value, np.int16) for count, value in parts]).tobytes()


def test_a_sound_knows_its_first_and_last_audible_sample() -> None:
    sound = Sound.from_pcm(pcm((100, 10), (300, 5000), (50, -290), (30, 0)), "label")
    assert (sound.onset, sound.end, sound.label) == (100, 400, "label")


def test_a_sound_is_whole_frames_of_20_ms_filled_up_with_silence() -> None:
    sound = Sound(b"\x10" * 161)
    assert [len(raw) for raw, _ in sound.frames] == [160, 160]
    assert sound.frames[1][0] == b"\x10" + b"\xff" * 159
    assert [base64.b64decode(text) for _, text in sound.frames] == [raw for raw, _ in sound.frames]
    assert sound.secs == 0.04


def test_what_cannot_be_heard_has_neither_onset_nor_end() -> None:
    assert (SILENCE.onset, SILENCE.end) == (LINE_NOISE.onset, LINE_NOISE.end) == (0, 0)


@pytest.mark.parametrize(("value", "heard"), [(0, False), (280, False), (-280, False), (320, True), (-320, True)])
def test_a_sample_is_heard_from_41_db_below_full_scale_on(value: int, heard: bool) -> None:
    frame = Sound.from_pcm(pcm((80, 0), (1, value), (79, 0))).mulaw
    assert is_audible(frame) is heard
    assert audible_samples(frame).tolist() == ([80] if heard else [])


def test_a_wav_file_of_another_rate_is_brought_to_8000_hz(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", pcm((16000, 4000)), 16000)
    sound = Sound.from_wav(tmp_path / "a.wav")
    assert (sound.secs, sound.label) == (1.0, "a.wav")


def test_a_file_that_is_no_wav_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with pytest.raises(ProtocolError) as missing:
        Sound.from_wav(path)
    path.write_bytes(b"rubbish")
    with pytest.raises(ProtocolError) as rubbish:
        Sound.from_wav(path)
    assert str(missing.value) == f"{path} cannot be read: No such file or directory."
    assert str(rubbish.value) == f"{path}: not a WAV file: it does not begin with RIFF and WAVE."


def test_the_stereo_file_has_the_caller_left_and_the_bot_right(tmp_path: Path) -> None:
    left, right = bytes(range(256)), bytes(reversed(range(256)))
    write_stereo(tmp_path / "call.wav", left, right)
    found = read_wav(tmp_path / "call.wav")
    both = np.frombuffer(found.pcm, np.int16).reshape(-1, 2)
    assert (found.rate_hz, found.channels) == (8000, 2)
    assert both[:, 0].tolist() == decode(left).tolist()
    assert both[:, 1].tolist() == decode(right).tolist()
