"""A call's sounds, for viewers that asked to listen to one of them."""

import base64
from collections.abc import Callable
from typing import Any

from appliance.audio.resample import Resampler
from appliance.errors import RequestError
from appliance.rtvi.audience import Audience, Seat
from appliance.rtvi.envelope import MESSAGE_LABEL
from appliance.rtvi.viewer import Outgoing
from appliance.rtvi.wire import audio_frame

PLAYED_HZ = 24_000
"""The rate at which the official transport plays whatever it gets."""

BOT_AUDIO = "bot-tts-audio"

Wrap = Callable[[dict[str, Any]], dict[str, Any]]


class Sound:
    """Sends one sound, piece by piece; costs nothing while nobody listens.

    JSON viewers get it as it is (``{"audio": base64, "sample_rate", "num_channels"}``), binary ones as their transport
    plays it. It never waits for texts that are being transformed, is the first to go when a viewer is too slow, and is
    never replayed. ``wrap`` makes the data of a ``server-message`` of it, where it is no message of RTVI's.
    """

    def __init__(self, audience: Audience, topic: str = BOT_AUDIO, wrap: Wrap | None = None) -> None:
        self._audience = audience
        self._topic = topic
        self._wrap = wrap
        self._resampler: Resampler | None = None

    def listen(self, seat: Seat, on: bool) -> None:
        """A viewer begins or ceases to listen. Raises RequestError where it may not hear what is said.

        What is sensitive cannot be masked where it is heard.
        """
        if on and self._audience.masks(seat):
            role = seat.viewer.role
            raise RequestError(f"Not permitted: the role {role!r} does not see what is sensitive in this call.")
        seat.listens = seat.listens | {self._topic} if on else seat.listens - {self._topic}

    def tell(self, pcm: bytes, sample_rate: int, num_channels: int = 1) -> bool:
        """Takes the next piece (16-bit little-endian PCM); whether anybody listens."""
        listeners = [seat for seat in self._audience.watching if self._topic in seat.listens]
        if not listeners:
            self._resampler = None
            return False
        data = {"audio": base64.b64encode(pcm).decode(), "sample_rate": sample_rate, "num_channels": num_channels}
        outgoing = self._message(data)
        outgoing.binary = lambda seq: audio_frame(seq, self._playable(pcm, sample_rate), PLAYED_HZ, 1)
        for seat in listeners:
            seat.viewer.send(outgoing)
        return True

    def _message(self, data: dict[str, Any]) -> Outgoing:
        kind, data = (self._topic, data) if self._wrap is None else ("server-message", self._wrap(data))
        message = {"label": MESSAGE_LABEL, "type": kind, "data": data}
        return Outgoing(kind, True, message, self._audience.sequence.next(), private=True)

    def _playable(self, pcm: bytes, sample_rate: int) -> bytes:
        """The piece at the rate that is played; asked for once for all who listen in binary form."""
        if self._resampler is None or self._resampler.from_hz != sample_rate:
            self._resampler = Resampler(sample_rate, PLAYED_HZ)
        return self._resampler.process(pcm)
