"""How loud audio is said to be."""

import pytest

from appliance.audio import level
from appliance.audio.tones import silence, tone

FULL_SCALE_SQUARE = b"\xff\x7f\x01\x80" * 400


def test_a_full_scale_square_wave_is_nought_decibels() -> None:
    assert level.rms(FULL_SCALE_SQUARE) == pytest.approx(1, abs=1e-4)
    assert level.dbfs(FULL_SCALE_SQUARE) == pytest.approx(0, abs=1e-3)
    assert level.level(FULL_SCALE_SQUARE) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("pcm", [b"", silence(0.1)])
def test_silence_and_no_audio_read_as_nothing(pcm: bytes) -> None:
    assert (level.rms(pcm), level.dbfs(pcm), level.level(pcm)) == (0.0, level.SILENCE_DBFS, 0.0)


@pytest.mark.parametrize(("dbfs", "shown"), [(-15, 0.75), (-30, 0.5), (-45, 0.25), (-60, 0.0), (-70, 0.0)])
def test_the_meter_is_linear_in_decibels_above_its_floor(dbfs: float, shown: float) -> None:
    pcm = tone((1000,), 1.0, dbfs=dbfs)
    assert level.dbfs(pcm) == pytest.approx(dbfs, abs=0.5)
    assert level.level(pcm) == pytest.approx(shown, abs=0.01)


def test_the_rms_of_a_level_reads_as_that_level() -> None:
    assert level.rms_of_level(0.5) == pytest.approx(10 ** (-30 / 20))
    assert level.rms_of_level(0.0) == 0.0


@pytest.mark.parametrize("dbfs", [-5, -22, -40, -50])
def test_normalising_brings_speech_levels_to_the_target(dbfs: float) -> None:
    assert level.dbfs(level.normalise(tone((500,), 0.5, dbfs=dbfs))) == pytest.approx(-22, abs=0.2)


def test_normalising_raises_line_noise_by_no_more_than_the_limit() -> None:
    faint = tone((500,), 0.5, dbfs=-70)
    assert level.dbfs(level.normalise(faint)) == pytest.approx(level.dbfs(faint) + level.MAX_GAIN_DB, abs=0.5)


def test_normalising_never_clips_a_peak() -> None:
    quiet_with_a_peak = silence(1.0) + b"\x00\x40" + silence(1.0)
    peak = max(memoryview(level.normalise(quiet_with_a_peak, target_dbfs=-10)).cast("h"))
    assert peak in (32766, 32767)


def test_normalising_leaves_silence_alone() -> None:
    assert level.normalise(silence(0.1)) == silence(0.1)
