"""Tones are made right and told from speech."""

from pathlib import Path

import numpy as np
import pytest

from appliance.audio import g711, tones
from appliance.audio.level import dbfs
from appliance.audio.wav import read_wav

DATA = Path(__file__).parent.parent / "data"
SPEECH = sorted(DATA.glob("speech_*.wav"))
"""Synthetic voices (espeak-ng), 8 kHz mu-law: words, and what comes nearest to tones: long vowels and a hum."""

NETWORK_TONES = {f"DTMF {key}": pair for key, pair in tones.DTMF_HZ.items()} | {
    "ringback": tones.RINGBACK_HZ,
    "dial tone": tones.DIAL_TONE_HZ,
    "busy": (480, 620),
    "European": (425,),
    "British": (400, 450),
    "fax calling": (1100,),
    "fax answering": (2100,),
    "beep": (tones.BEEP_HZ,),
    "low beep": (440,),
}


def _over_a_line(pcm: bytes, snr_db: float | None = None) -> bytes:
    """With noise, and through mu-law."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    if snr_db is not None:
        loudness = float(np.sqrt((samples**2).mean())) * 10 ** (-snr_db / 20)
        samples = samples + np.random.default_rng(7).normal(0, loudness, len(samples))
    return g711.ulaw_to_pcm(g711.pcm_to_ulaw(np.clip(samples, -32768, 32767).astype("<i2").tobytes()))


def _vowel(pitch_hz: float, formants_hz: tuple[float, ...], secs: float = 0.3) -> bytes:
    """A monotone vowel: overtones of one pitch, each as strong as its distance to the formants allows."""
    time = np.arange(round(secs * 8000)) / 8000
    wave = np.zeros(len(time))
    for partial in range(1, int(3400 / pitch_hz) + 1):
        freq = partial * pitch_hz
        strength = sum(rank**-1.5 / (1 + ((freq - f) / 90) ** 2) for rank, f in enumerate(formants_hz, 1))
        wave += strength * np.sin(2 * np.pi * freq * time + partial)
    pcm: bytes = (wave / np.abs(wave).max() * 12000).astype("<i2").tobytes()
    return pcm


def _frequencies(pcm: bytes) -> list[int]:
    spectrum = np.abs(np.fft.rfft(np.frombuffer(pcm, "<i2")))
    return sorted(np.flatnonzero(spectrum > spectrum.max() / 2).tolist())


def test_a_tone_has_its_frequencies_its_level_and_its_length() -> None:
    pcm = tones.tone((440, 480), 1.0, dbfs=-20)
    assert len(pcm) == 16000
    assert _frequencies(pcm) == [440, 480]
    assert dbfs(pcm) == pytest.approx(-20, abs=0.1)


def test_a_tone_begins_and_ends_without_a_click() -> None:
    samples = np.frombuffer(tones.beep(), "<i2").astype(int)
    assert (int(samples[0]), int(samples[-1])) == (0, 0)
    assert int(np.abs(samples[:8]).max()) < 6000


@pytest.mark.parametrize(
    ("freqs", "level", "problem"),
    [
        ((), -12.0, "a tone of [] Hz at 8000 Hz; expected frequencies under half the rate"),
        ((4000,), -12.0, "a tone of [4000] Hz at 8000 Hz; expected frequencies under half the rate"),
        ((440, 480), -6.0, "a tone of 2 frequencies at -6.0 dBFS would clip"),
    ],
)
def test_a_tone_that_cannot_be_made_is_refused(freqs: tuple[float, ...], level: float, problem: str) -> None:
    with pytest.raises(ValueError, match="tone") as raised:
        tones.tone(freqs, 1.0, dbfs=level)
    assert str(raised.value) == problem


def test_dtmf_is_a_tone_and_a_pause_for_each_key() -> None:
    pcm = tones.dtmf("1D", on_secs=0.1, off_secs=0.05)
    assert len(pcm) == 2 * 2 * round(0.15 * 8000)
    assert pcm[:1600] == tones.tone((697, 1209), 0.1)
    assert pcm[1600:2400] == bytes(800)
    assert pcm[2400:4000] == tones.tone((941, 1633), 0.1)


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^DTMF digit 'x'; expected one of 0-9, \*, #, A-D$"):
        tones.dtmf("12x")


def test_ringback_rings_two_seconds_of_six() -> None:
    pcm = tones.ringback(7.0)
    assert len(pcm) == 7 * 16000
    assert pcm[:32000] == tones.tone((440, 480), 2.0, dbfs=-19)
    assert pcm[32000:96000] == bytes(64000)
    assert pcm[96000:] == pcm[:16000]


@pytest.mark.parametrize("name", NETWORK_TONES)
@pytest.mark.parametrize("secs", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("snr_db", [None, 20])
def test_the_network_s_tones_are_tones(name: str, secs: float, snr_db: float | None) -> None:
    assert tones.is_tone(_over_a_line(tones.tone(NETWORK_TONES[name], secs), snr_db))


def test_keys_pressed_fast_one_after_the_other_are_tones() -> None:
    assert tones.is_tone(_over_a_line(tones.dtmf("159", on_secs=0.05, off_secs=0.05)))


def test_tones_that_follow_each_other_without_a_pause_are_tones() -> None:
    special_information = tones.tone((914,), 0.1) + tones.tone((1371,), 0.1)
    assert tones.is_tone(special_information)


@pytest.mark.parametrize("pitch_hz", [90, 120, 180, 230])
@pytest.mark.parametrize(
    "formants_hz",
    [(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)],
    ids="aiueo",
)
def test_a_monotone_vowel_is_no_tone(pitch_hz: float, formants_hz: tuple[float, ...]) -> None:
    assert not tones.is_tone(_over_a_line(_vowel(pitch_hz, formants_hz)))


@pytest.mark.parametrize("path", SPEECH, ids=lambda path: path.stem)
def test_hardly_a_window_of_speech_passes_for_a_tone(path: Path) -> None:
    pcm = read_wav(path).pcm
    windows = [pcm[at : at + 3200] for at in range(0, len(pcm) - 3200, 800)]
    mistaken = sum(map(tones.is_tone, windows))
    assert mistaken <= len(windows) * 0.1


@pytest.mark.parametrize("pcm", [b"", b"\0", bytes(3200), bytes(100)])
def test_nothing_and_silence_are_no_tones(pcm: bytes) -> None:
    assert not tones.is_tone(pcm)


def test_noise_is_no_tone() -> None:
    noise = np.random.default_rng(3).normal(0, 1000, 1600).astype("<i2").tobytes()
    assert not tones.is_tone(noise)
