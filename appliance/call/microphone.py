"""A supervisor's voice on its way to the caller: one rate, one channel, as evenly as it is heard, and never late.

The carrier plays what it is given without a gap, so little is given at a time: what is not needed yet waits here. Of
what comes faster than it can be heard the oldest is dropped.
"""

from __future__ import annotations

import asyncio

from appliance.audio import _audioop as audioop
from appliance.audio.resample import SAMPLE_WIDTH_BYTES, Resampler
from appliance.errors import ProtocolError
from appliance.pipeline.transport import BYTES_PER_SEC, BaseOutputTransport

LOWEST_HZ, HIGHEST_HZ = 8000, 96_000
CUSHION_SECS = 0.06
"""After a pause so much is gathered before it is played, lest the next late piece is a gap in a word."""
AHEAD_SECS = 0.2
"""So much is given to the carrier before it is due."""
MOST_WAITING_SECS = 1.0
_LINE_HZ = 8000


class Microphone:
    """Plays one viewer's audio to the caller through ``output``; ``dropped_secs`` says how much was too much."""

    def __init__(self, output: BaseOutputTransport) -> None:
        self.dropped_secs = 0.0
        self._output = output
        self._form = (0, 0)
        self._rest = b""
        self._resampler: Resampler | None = None
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting_secs(self) -> float:
        """How much waits to be played."""
        return len(self._waiting) / BYTES_PER_SEC

    def hear(self, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        """Takes the next piece (16-bit little-endian PCM, any length). Raises ProtocolError for what it cannot play."""
        if not LOWEST_HZ <= sample_rate <= HIGHEST_HZ:
            raise ProtocolError(f"Audio of {sample_rate} Hz, expected {LOWEST_HZ} to {HIGHEST_HZ} Hz.")
        if num_channels not in (1, 2):
            raise ProtocolError(f"Audio of {num_channels} channels, expected 1 or 2.")
        self._waiting += self._telephone(pcm, sample_rate, num_channels)
        too_much = len(self._waiting) - round(MOST_WAITING_SECS * BYTES_PER_SEC)
        if too_much > 0:
            self._drop(too_much)
        self._play()

    def stop(self) -> None:
        """Nobody speaks any more: the last words are still played, before anything that the bot says."""
        self._call_off()
        if self._resampler is not None:
            self._waiting += self._resampler.flush()
        if self._waiting and not self._output.is_speaking:
            self._output.play_live(bytes(self._waiting))
        self._waiting.clear()
        self._form, self._rest, self._resampler = (0, 0), b"", None

    def _telephone(self, pcm: bytes, sample_rate: int, num_channels: int) -> bytes:
        """The audio at the telephone's rate, in one channel."""
        if self._form != (sample_rate, num_channels):
            self._form, self._rest = (sample_rate, num_channels), b""
            self._resampler = Resampler(sample_rate, _LINE_HZ, live=True)
        assert self._resampler is not None
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (SAMPLE_WIDTH_BYTES * num_channels)
        self._rest = pcm[whole:]
        longest = round(MOST_WAITING_SECS * sample_rate) * SAMPLE_WIDTH_BYTES * num_channels
        if whole > longest:  # It would be dropped anyway; to work on a minute of sound would keep others waiting.
            self.dropped_secs += (whole - longest) / (SAMPLE_WIDTH_BYTES * num_channels * sample_rate)
        pcm = pcm[max(0, whole - longest) : whole]
        return self._resampler.process(audioop.tomono(pcm, SAMPLE_WIDTH_BYTES, 0.5, 0.5) if num_channels == 2 else pcm)

    def _drop(self, size: int) -> None:
        del self._waiting[:size]
        self.dropped_secs += size / BYTES_PER_SEC

    def _play(self) -> None:
        """Gives the carrier what is due, and comes back when more is."""
        lead = self._output.playout.lead
        if self._output.is_speaking:
            self._look_again(AHEAD_SECS)  # The bot was told to say something: one after the other.
        elif lead > 0 or self.waiting_secs >= CUSHION_SECS:
            self._give(lead)
        elif self._waiting and self._timer is None:
            self._look_again(CUSHION_SECS)

    def _give(self, lead: float) -> None:
        room = round((AHEAD_SECS - lead) * _LINE_HZ) * SAMPLE_WIDTH_BYTES
        if room > 0 and self._waiting:
            self._output.play_live(bytes(self._waiting[:room]))
            del self._waiting[:room]
        self._call_off()
        if self._waiting:
            self._look_again(AHEAD_SECS / 2)

    def _look_again(self, secs: float) -> None:
        self._call_off()
        self._timer = self._output.inbox.later_call(secs, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._output.is_speaking:
            self._look_again(AHEAD_SECS)
        else:
            self._give(self._output.playout.lead)

    def _call_off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
