"""The telephone's band, 300 to 3400 Hz, for whatever line: so that the recogniser always hears the same kind of sound.

Some lines cut below 300 Hz and some do not; without this, means that fit the one kind cost the other every fifth word.
"""

import numpy as np
import numpy.typing as npt

from appliance.speech.base import SAMPLE_RATE_HZ

LOW_HZ = 300
HIGH_HZ = 3400
_TAPS = 101


def _design() -> npt.NDArray[np.float64]:
    """A windowed-sinc band-pass (Hamming), linear phase."""
    at = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * hz / SAMPLE_RATE_HZ * np.sinc(2 * hz / SAMPLE_RATE_HZ * at) for hz in (LOW_HZ, HIGH_HZ))
    return np.asarray((high - low) * np.hamming(_TAPS), np.float64)


_FILTER = _design()


class TelephoneBand:
    """One stream of 8 kHz samples; what comes out is 50 samples (6 ms) late, and ``flush`` gives the rest."""

    def __init__(self) -> None:
        self._before: npt.NDArray[np.float64] = np.zeros(_TAPS - 1, np.float64)
        self._late = _TAPS // 2

    def process(self, samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """The next samples, filtered; the first 50 of the stream, which are only the filter's beginning, left out."""
        joined: npt.NDArray[np.float64] = np.concatenate((self._before, samples.astype(np.float64)))
        self._before = joined[len(joined) - (_TAPS - 1) :]
        out: npt.NDArray[np.float64] = np.convolve(joined, _FILTER, mode="valid")
        late, self._late = self._late, max(0, self._late - len(out))
        limited: npt.NDArray[np.int16] = np.clip(out[late:], -32768, 32767).astype(np.int16)
        return limited

    def flush(self) -> npt.NDArray[np.int16]:
        """What the filter still holds."""
        return self.process(np.zeros(_TAPS // 2, np.int16))
