"""Other sample rates, without sounds that were never there."""

import numpy as np
import pytest

from appliance.audio.level import dbfs
from appliance.audio.resample import Resampler, resample
from appliance.audio.tones import tone

DITHER = 3
"""soxr adds a random bit or two, so that rounding makes no tones of its own."""


def _difference(one: bytes, other: bytes) -> int:
    """How far samples of two recordings of equal length are apart at most."""
    ones, others = (np.frombuffer(pcm, "<i2").astype(int) for pcm in (one, other))
    assert len(ones) == len(others)
    return int(np.abs(ones - others).max())


def _middle(pcm: bytes) -> bytes:
    quarter = len(pcm) // 8 * 2
    return pcm[quarter:-quarter]


def _in_pieces(pcm: bytes, resampler: Resampler, piece_bytes: int) -> bytes:
    pieces = [resampler.process(pcm[at : at + piece_bytes]) for at in range(0, len(pcm), piece_bytes)]
    return b"".join(pieces) + resampler.flush()


@pytest.mark.parametrize("from_hz", [16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("freq", [5000, 7000])
def test_what_a_telephone_cannot_carry_vanishes(from_hz: int, freq: int) -> None:
    source = tone((freq,), 1.0, from_hz, dbfs=-6)
    assert dbfs(_middle(resample(source, from_hz, 8000))) < -66


@pytest.mark.parametrize("freq", [300, 1000, 3400])
def test_what_a_telephone_carries_keeps_its_level_downwards(freq: int) -> None:
    source = tone((freq,), 1.0, 22050, dbfs=-12)
    assert dbfs(_middle(resample(source, 22050, 8000))) == pytest.approx(-12, abs=0.2)


@pytest.mark.parametrize("freq", [300, 1000])
def test_speech_keeps_its_level_upwards(freq: int) -> None:
    source = tone((freq,), 1.0, 8000, dbfs=-12)
    assert dbfs(_middle(resample(source, 8000, 16000))) == pytest.approx(-12, abs=0.5)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 8000), (8000, 16000), (8000, 8000)])
def test_duration_stays_what_it_was(from_hz: int, to_hz: int) -> None:
    out = resample(tone((440,), 1.0, from_hz), from_hz, to_hz)
    assert len(out) // 2 == pytest.approx(to_hz, abs=2)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 8000), (8000, 16000), (8000, 8000)])
@pytest.mark.parametrize("piece_bytes", [1, 321, 2646])
def test_a_stream_in_pieces_of_any_length_sounds_like_the_whole(from_hz: int, to_hz: int, piece_bytes: int) -> None:
    source = tone((440,), 0.3, from_hz)
    pieces = _in_pieces(source, Resampler(from_hz, to_hz), piece_bytes)
    assert _difference(pieces, resample(source, from_hz, to_hz)) <= DITHER


def test_equal_rates_give_the_same_bytes() -> None:
    assert resample(b"\x01\x02\x03\x04", 8000, 8000) == b"\x01\x02\x03\x04"


def test_after_a_flush_a_new_stream_begins() -> None:
    source = tone((440,), 0.3, 22050)
    resampler = Resampler(22050, 8000)
    first, second = (resampler.process(source) + resampler.flush() for _ in range(2))
    assert _difference(first, second) <= DITHER


@pytest.mark.parametrize(("from_hz", "to_hz"), [(0, 8000), (8000, -1)])
def test_a_rate_that_is_not_positive_is_refused(from_hz: int, to_hz: int) -> None:
    with pytest.raises(ValueError, match=f"^cannot resample from {from_hz} Hz to {to_hz} Hz: rates must be positive$"):
        Resampler(from_hz, to_hz)


@pytest.mark.parametrize("from_hz", [16000, 24000, 48000])
def test_a_live_voice_is_delayed_by_less_than_40_ms_and_its_rates_band_kept_clean(from_hz: int) -> None:
    live = Resampler(from_hz, 8000, live=True)
    sound = tone((1000,), 1.0, from_hz, -12.0)
    out = b"".join(live.process(sound[at : at + from_hz // 25]) for at in range(0, len(sound), from_hz // 25))
    assert 1.0 - 0.04 <= len(out) / 16000 <= 1.0
    assert dbfs(_middle(out)) == pytest.approx(-12.0, abs=0.2)
    whistle = resample_live(tone((6000,), 1.0, from_hz, -12.0), from_hz)
    assert dbfs(_middle(whistle)) < -60.0


def resample_live(pcm: bytes, from_hz: int) -> bytes:
    return Resampler(from_hz, 8000, live=True).process(pcm)
