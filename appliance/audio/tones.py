"""Tones of the telephone: making them, and telling them from speech.

Frequencies: DTMF as in ITU-T Q.23, call progress as in ITU-T E.180 (North America's precise tone plan), fax as in
ITU-T T.30 (CNG 1100 Hz, CED 2100 Hz).
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

DTMF_ROWS_HZ = (697, 770, 852, 941)
DTMF_COLUMNS_HZ = (1209, 1336, 1477, 1633)
DTMF_KEYS = ("123A", "456B", "789C", "*0#D")
DTMF_HZ = {
    key: (row_hz, column_hz)
    for row_hz, keys in zip(DTMF_ROWS_HZ, DTMF_KEYS, strict=True)
    for column_hz, key in zip(DTMF_COLUMNS_HZ, keys, strict=True)
}
DIAL_TONE_HZ = (350, 440)
RINGBACK_HZ = (440, 480)
RINGBACK_ON_SECS, RINGBACK_OFF_SECS = 2.0, 4.0
BEEP_HZ = 1000

_RAMP_SECS = 0.002
"""Tones swell and fade this long, so that they do not click."""


def tone(freqs: Sequence[float], secs: float, rate_hz: int = 8000, dbfs: float = -12.0) -> bytes:
    """Sine waves together, equally loud, at ``dbfs`` (root mean square) in all.

    Raises ValueError when a frequency does not fit under half the rate or the sum would clip.
    """
    if not freqs or min(freqs) <= 0 or max(freqs) >= rate_hz / 2:
        raise ValueError(f"a tone of {list(freqs)} Hz at {rate_hz} Hz; expected frequencies under half the rate")
    amplitude = 32768 * 10 ** (dbfs / 20) * (2 / len(freqs)) ** 0.5
    if amplitude * len(freqs) > 32767:
        raise ValueError(f"a tone of {len(freqs)} frequencies at {dbfs} dBFS would clip")
    time = np.arange(round(secs * rate_hz)) / rate_hz
    wave = amplitude * np.sum([np.sin(2 * np.pi * freq * time) for freq in freqs], axis=0)
    ramp = np.minimum(1.0, np.minimum(time, time[::-1]) / _RAMP_SECS)
    return _to_bytes(wave * ramp)


def silence(secs: float, rate_hz: int = 8000) -> bytes:
    """Digital silence."""
    return bytes(2 * round(secs * rate_hz))


def dtmf(digits: str, on_secs: float = 0.1, off_secs: float = 0.1, rate_hz: int = 8000, dbfs: float = -12.0) -> bytes:
    """The keys as a telephone sends them, each followed by a pause. Raises ValueError for what is no key."""
    for digit in digits:
        if digit not in DTMF_HZ:
            raise ValueError(f"DTMF digit {digit!r}; expected one of 0-9, *, #, A-D")
    pause = silence(off_secs, rate_hz)
    return b"".join(tone(DTMF_HZ[digit], on_secs, rate_hz, dbfs) + pause for digit in digits)


def ringback(secs: float, rate_hz: int = 8000, dbfs: float = -19.0) -> bytes:
    """What a caller hears while it rings: 2 s of 440 + 480 Hz, 4 s of silence, and again."""
    cadence = tone(RINGBACK_HZ, RINGBACK_ON_SECS, rate_hz, dbfs) + silence(RINGBACK_OFF_SECS, rate_hz)
    wanted_bytes = 2 * round(secs * rate_hz)
    return (cadence * (wanted_bytes // len(cadence) + 1))[:wanted_bytes]


def beep(secs: float = 0.3, rate_hz: int = 8000, dbfs: float = -12.0) -> bytes:
    """An answering machine's beep."""
    return tone((BEEP_HZ,), secs, rate_hz, dbfs)


def _to_bytes(wave: Samples) -> bytes:
    encoded: bytes = np.round(wave).astype("<i2").tobytes()
    return encoded


# --- telling tones from speech -------------------------------------------------------------------------------

_RATE_HZ = 8000
_FRAME = 80
_SHORTEST = 3 * _FRAME
"""Pieces under 30 ms say nothing."""
_FFT = 4096
_LOUD = 0.1
"""Frames below this share of the loudest one's energy are pauses."""
_MOST_RESIDUE = 0.05
"""A tone's energy is in one or two sine waves but for this share; 20 dB of noise leave 0.01."""
_LEAST_SHARE = 0.8
"""This much of all the energy must be tones."""
_LOWEST_SINGLE_HZ = 340
"""A lone sine wave below is somebody humming; the lowest tone of a telephone network is 350 Hz."""
_VOICE_HZ = (70.0, 420.0)
"""The pitch of voices: two neighbouring multiples of it are a vowel, not a tone."""
_SMALL_PARTIAL = 0.02
"""A second wave with less than this share of the energy is noise; the tone is a single one."""


def is_tone(pcm: bytes) -> bool:
    """Whether 100..300 ms of 8 kHz audio are a tone (DTMF, ringback, dial tone, fax, beep) rather than speech.

    Pauses in it count for nothing; tones may follow each other. What a voice sings is told from tones by its
    overtones, so a single hummed one may be mistaken in either direction.
    """
    samples = np.frombuffer(pcm[: len(pcm) // (2 * _FRAME) * (2 * _FRAME)], "<i2").astype(np.float64)
    energies = (samples.reshape(-1, _FRAME) ** 2).sum(axis=1)
    total = float(energies.sum())
    if not total:
        return False
    seen = 0.0
    found = 0.0
    for start, end in _loud_stretches(energies > _LOUD * energies.max()):
        stretch = samples[start * _FRAME : end * _FRAME]
        energy = float(energies[start:end].sum())
        seen += energy
        found += energy * _tonal_share(stretch)
    return seen > 0 and found >= _LEAST_SHARE * total


def _loud_stretches(loud: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _tonal_share(stretch: Samples) -> float:
    """How much of a stretch is tones, 0..1; one that changes in the middle is looked at in halves."""
    inner = stretch[_FRAME:-_FRAME] if len(stretch) > 5 * _FRAME else stretch  # swelling and fading left out
    if _is_steady_tone(inner):
        return 1.0
    half = len(stretch) // 2
    if half < 2 * _SHORTEST:
        return 0.0
    return (_tonal_share(stretch[:half]) + _tonal_share(stretch[half:])) / 2


def _is_steady_tone(samples: Samples) -> bool:
    if len(samples) < _SHORTEST:
        return False
    energy = float(samples @ samples)
    first_hz = _strongest_hz(samples)
    residue = samples - _fit(samples, (first_hz,))
    if float(residue @ residue) < _MOST_RESIDUE * energy:
        return first_hz >= _LOWEST_SINGLE_HZ
    second_hz = _strongest_hz(residue)
    pair = _refined(samples, first_hz, second_hz)
    residue = samples - _fit(samples, pair)
    return float(residue @ residue) < _MOST_RESIDUE * energy and not _is_vowel(*sorted(pair))


def _strongest_hz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), _FFT))
    return float(np.argmax(spectrum)) * _RATE_HZ / _FFT


def _fit(samples: Samples, freqs: Sequence[float]) -> Samples:
    """The sine waves of these frequencies that come nearest to the samples."""
    angles = np.outer(np.arange(len(samples)), 2 * np.pi * np.asarray(freqs) / _RATE_HZ)
    basis = np.concatenate((np.cos(angles), np.sin(angles)), axis=1)
    weights = np.linalg.lstsq(basis, samples, rcond=None)[0]
    nearest: Samples = basis @ weights
    return nearest


def _refined(samples: Samples, first_hz: float, second_hz: float) -> tuple[float, float]:
    """Finds each frequency again with the other one taken away, which two close ones need."""
    for _ in range(3):
        both = _fit(samples, (first_hz, second_hz))
        if first_hz == second_hz:
            break
        rest = samples - both
        first_hz = _strongest_hz(rest + _part(samples, (first_hz, second_hz), 0))
        second_hz = _strongest_hz(rest + _part(samples, (first_hz, second_hz), 1))
    return first_hz, second_hz


def _part(samples: Samples, freqs: tuple[float, float], which: int) -> Samples:
    angles = np.outer(np.arange(len(samples)), 2 * np.pi * np.asarray(freqs) / _RATE_HZ)
    basis = np.concatenate((np.cos(angles), np.sin(angles)), axis=1)
    weights = np.linalg.lstsq(basis, samples, rcond=None)[0]
    wave: Samples = basis[:, [which, which + 2]] @ weights[[which, which + 2]]
    return wave


def _is_vowel(low_hz: float, high_hz: float) -> bool:
    """Whether two frequencies are neighbouring overtones (or every second) of a voice."""
    pitch_hz = high_hz - low_hz
    if not _VOICE_HZ[0] <= pitch_hz <= _VOICE_HZ[1]:
        return False
    return abs(low_hz / pitch_hz - round(low_hz / pitch_hz)) < 0.06
