"""A second opinion on what the detector calls voiced: is it a voice, or a tone, a click or hiss?

It costs a tenth of a millisecond, so it is asked where speech would be confirmed, not for every frame.
"""

import numpy as np

from appliance.audio.tones import SHORTEST_TONE_FRAMES, Samples, frames_of, hann, is_tone_in, loud_stretches

_BAND_HZ = (300, 3400)
"""What a telephone line carries, and noise on it fills."""
_RATE_HZ = 8000
_HISS_FLATNESS = 0.42
"""White noise measures 0.56 (a voice under 0.2, a whispering one under 0.4)."""


def is_voice(pcm: bytes, least_rms: float = 0.0) -> bool:
    """Whether 50..300 ms of 8 kHz audio may be a voice; ``least_rms`` (0..32768) is how loud it must be.

    Where a click stands out of everything else, as the end of a tone does at a window's edge, the rest decides.
    """
    frames = _without_clicks(frames_of(pcm))
    if not frames.size or float(np.sqrt((frames**2).mean())) < least_rms:
        return False
    return not is_tone_in(frames) and flatness(frames.ravel()) < _HISS_FLATNESS


def is_hiss(pcm: bytes) -> bool:
    """Whether 50..300 ms of 8 kHz audio are nothing but noise that fills the band."""
    return flatness(frames_of(pcm).ravel()) >= _HISS_FLATNESS


def flatness(samples: Samples) -> float:
    """How evenly the power spreads over the telephone band: 0 (a line) to 1; the spectral flatness measure."""
    power = np.abs(np.fft.rfft(samples * hann(len(samples)))) ** 2 + 1e-9
    low, high = (edge_hz * len(samples) // _RATE_HZ for edge_hz in _BAND_HZ)
    band = power[low:high]
    return float(np.exp(np.log(band).mean()) / band.mean())


def _without_clicks(frames: Samples) -> Samples:
    stretches = list(loud_stretches(frames))
    if not stretches or max(end - start for start, end in stretches) >= SHORTEST_TONE_FRAMES:
        return frames
    quiet = np.ones(len(frames), bool)
    for start, end in stretches:
        quiet[start:end] = False
    rest: Samples = frames[quiet]
    return rest
