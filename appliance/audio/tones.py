"""Tones of the telephone: making them, and telling them from speech.

Frequencies: DTMF as in ITU-T Q.23, call progress as in ITU-T E.180 (North America's precise tone plan), fax as in
ITU-T T.30 (CNG 1100 Hz, CED 2100 Hz).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

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
_FFT = 4096
SHORTEST_TONE_FRAMES = 4
"""Pieces under 40 ms, the shortest DTMF, say nothing; what a window's edge cuts off is one."""
_SHORTEST = SHORTEST_TONE_FRAMES * _FRAME
_CHANGING_PIECES = 3
"""From three pieces on (120 ms), a stretch may hold two tones without a pause between them."""
_LOUD = 0.05
"""Frames below this share of the loudest one's energy are pauses; the beat of 440 + 480 Hz goes down to 0.13."""
_MOST_RESIDUE = 0.03
"""A tone's energy is in one or two sine waves but for this share; 20 dB of noise leave 0.01."""
_LEAST_JUDGED = 0.3
"""So much of all the energy must lie in pieces that are long enough to be judged ..."""
_LEAST_TONAL = 0.8
"""... and so much of theirs must be tones."""
_LEAST_SINGLE_HZ = 340.0
"""A lone sine wave below is somebody humming; the lowest tone of a telephone network is 350 Hz."""
_PITCH_HZ = (70.0, 420.0)
"""The pitch of voices."""
_IN_TUNE = 0.06
"""So near to a multiple of the pitch, in pitches, is an overtone of it."""
_PARTIALS_APART = ((1, 99), (2, 3))
"""Which pairs of strong overtones vowels have: neighbours anywhere, every second only from the first three on."""


def is_tone(pcm: bytes) -> bool:
    """Whether 50..300 ms of 8 kHz audio are a tone (DTMF, ringback, dial tone, fax, beep) rather than speech.

    Pauses in it count for nothing; tones may follow each other. A voice is told from tones by its overtones:
    somebody who whistles, or sings with hardly any, passes for a tone.
    """
    return is_tone_in(frames_of(pcm))


def frames_of(pcm: bytes) -> Samples:
    """PCM as rows of 10 ms; what does not fill a row is left out."""
    samples = np.frombuffer(pcm[: len(pcm) // (2 * _FRAME) * (2 * _FRAME)], "<i2").astype(np.float64)
    return samples.reshape(-1, _FRAME)


def is_tone_in(frames: Samples) -> bool:
    """``is_tone`` for audio in rows of 10 ms."""
    judged = tonal = 0.0
    for start, end in loud_stretches(frames):
        stretch = frames[start:end].ravel()
        if len(stretch) >= _SHORTEST:
            energy = float(stretch @ stretch)
            judged += energy
            tonal += energy * _tonal_share(stretch)
    return judged > 0 and judged >= _LEAST_JUDGED * float((frames**2).sum()) and tonal >= _LEAST_TONAL * judged


def loud_stretches(frames: Samples) -> Iterator[tuple[int, int]]:
    """From where to where (first row, row after the last) audio is not a pause, measured by its loudest row."""
    energies = (frames**2).sum(axis=1)
    if not energies.any():
        return
    loud = energies > _LOUD * energies.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


@lru_cache(maxsize=64)
def hann(samples: int) -> Samples:
    """Hann's window, made once for each length: making it takes as long as the transform that it is for."""
    window: Samples = np.hanning(samples)
    return window


def _tonal_share(stretch: Samples) -> float:
    """How much of a stretch is tones, 0..1; one piece of it may be where a tone gives way to the next."""
    if _is_steady_tone(stretch):
        return 1.0
    pieces = len(stretch) // _SHORTEST
    if pieces < _CHANGING_PIECES:
        return 0.0
    steady = sum(map(_is_steady_tone, np.array_split(stretch, pieces)))
    return min(1.0, steady / (pieces - 1))


def _is_steady_tone(samples: Samples) -> bool:
    """Whether the spectrum is one line or two, and these are not a voice's."""
    power = np.abs(np.fft.rfft(samples * hann(len(samples)), _FFT)) ** 2
    total = float(power.sum())
    line_width = 2 * _FFT // len(samples) + 1  # to each side: the main lobe of the Hann window
    first_hz = _take_line(power, line_width)
    if float(power.sum()) < _MOST_RESIDUE * total:
        return first_hz >= _LEAST_SINGLE_HZ
    second_hz = _take_line(power, line_width)
    return float(power.sum()) < _MOST_RESIDUE * total and not _is_voiced(*sorted((first_hz, second_hz)))


def _take_line(power: Samples, line_width: int) -> float:
    """Takes the strongest line out of a power spectrum and gives its frequency, between the bins."""
    at = int(np.argmax(power))
    shift = 0.0
    if 0 < at < len(power) - 1:
        before, here, after = np.log(power[at - 1 : at + 2] + 1e-9).tolist()
        curve = before - 2 * here + after
        shift = 0.5 * (before - after) / curve if curve else 0.0
    power[max(0, at - line_width) : at + line_width + 1] = 0.0
    return (at + shift) * _RATE_HZ / _FFT


def _is_voiced(low_hz: float, high_hz: float) -> bool:
    """Whether two frequencies are overtones of one pitch, and such as a vowel's first formant picks out."""
    for apart, highest in _PARTIALS_APART:
        pitch_hz = (high_hz - low_hz) / apart
        if not _PITCH_HZ[0] <= pitch_hz <= _PITCH_HZ[1]:
            continue
        partial = low_hz / pitch_hz
        if round(partial) <= highest and abs(partial - round(partial)) < _IN_TUNE:
            return True
    return False
