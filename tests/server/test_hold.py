"""What is played to those who wait."""

from pathlib import Path

from appliance.audio.wav import mono_8k, read_wav
from appliance.server.hold import HOLD_SECS, hold_music


def test_the_music_is_a_telephones_wav_of_its_length_and_can_be_heard(tmp_path: Path) -> None:
    (tmp_path / "hold.wav").write_bytes(hold_music())
    wav = read_wav(tmp_path / "hold.wav")
    assert (wav.rate_hz, wav.secs) == (8000, HOLD_SECS)
    samples = memoryview(mono_8k(wav)).cast("h")
    assert 500 < max(samples) < 4000
