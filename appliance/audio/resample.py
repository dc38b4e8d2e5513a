"""Other sample rates.

Downwards soxr's HQ filter: whatever does not fit under half the new rate must go, or it comes back as a
whistle that was never said (``ratecv`` has no such filter). It looks ahead: of a live stream the first output
comes after about 100 ms of input. Upwards linear interpolation, which looks one sample ahead and is what the
recogniser's feature means were estimated with.
"""

from typing import Any

import numpy as np
import soxr

from appliance.audio import _audioop as audioop

SAMPLE_WIDTH_BYTES = 2


class Resampler:
    """One stream on its way from one rate to another; pieces may have any length, odd ones too.

    ``live`` takes a shorter filter downwards: a third of the delay, for a voice that somebody answers.
    Raises ValueError for a rate that is not positive.
    """

    def __init__(self, from_hz: int, to_hz: int, *, live: bool = False) -> None:
        if from_hz <= 0 or to_hz <= 0:
            raise ValueError(f"cannot resample from {from_hz} Hz to {to_hz} Hz: rates must be positive")
        self.from_hz = from_hz
        self.to_hz = to_hz
        self._half_sample = b""
        self._state: Any = None
        quality = "MQ" if live else "HQ"
        self._soxr = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality=quality) if from_hz > to_hz else None

    def process(self, pcm: bytes) -> bytes:
        """Takes the stream's next piece and gives what is ready of the output, maybe nothing."""
        pcm = self._whole_samples(pcm)
        if self.from_hz == self.to_hz:
            return pcm
        if self._soxr is not None:
            return self._filter(pcm, last=False)
        out, self._state = audioop.ratecv(pcm, SAMPLE_WIDTH_BYTES, 1, self.from_hz, self.to_hz, self._state)
        return out

    def flush(self) -> bytes:
        """Ends the stream and gives what the filter still held; the next piece begins a new stream."""
        rest = self._filter(b"", last=True) if self._soxr is not None else b""
        if self._soxr is not None:
            self._soxr.clear()
        self._state = None
        self._half_sample = b""
        return rest

    def _filter(self, pcm: bytes, *, last: bool) -> bytes:
        assert self._soxr is not None
        out: bytes = self._soxr.resample_chunk(np.frombuffer(pcm, np.int16), last=last).tobytes()
        return out

    def _whole_samples(self, pcm: bytes) -> bytes:
        if self._half_sample:
            pcm = self._half_sample + pcm
            self._half_sample = b""
        if len(pcm) % SAMPLE_WIDTH_BYTES:
            self._half_sample = pcm[-1:]
            pcm = pcm[:-1]
        return pcm


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Brings a whole recording to another rate; the same bytes when the rates are equal."""
    if from_hz == to_hz:
        return pcm
    resampler = Resampler(from_hz, to_hz)
    return resampler.process(pcm) + resampler.flush()
