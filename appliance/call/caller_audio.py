"""The caller's own voice for supervisors who want to hear it: asked for, and no work at all while nobody listens."""

from __future__ import annotations

from appliance.call.wiring import CallPipeline
from appliance.errors import RequestError
from appliance.rtvi.permissions import not_permitted
from appliance.rtvi.sound import Sound
from appliance.rtvi.viewer import Viewer

CALLER_AUDIO = "caller-audio"
"""``client-message`` ``{"t": "caller-audio", "d": {"on": bool}}`` asks for it; it comes as ``server-message``
``{"type": "caller-audio", "audio": base64, "sample_rate", "num_channels"}``, 16-bit PCM.
"""

NEEDS = ("action", "call:take_over")
"""Only who may speak to the caller may listen, too."""

PIECE_BYTES = 1600
"""A tenth of a second a message."""

_RATE_HZ = 8000


class CallerAudio:
    """Taps the caller's line while a viewer listens."""

    def __init__(self, pipeline: CallPipeline) -> None:
        self._rtvi = pipeline.task.rtvi
        self._line = pipeline.transport.input()
        self._sound = Sound(self._rtvi.audience, CALLER_AUDIO, lambda piece: {"type": "caller-audio", **piece})
        self._gathered = bytearray()

    def listen(self, viewer: Viewer, on: bool) -> None:
        """A viewer begins or ceases to listen. Raises RequestError where its role may not."""
        seat = self._rtvi.audience.seats.get(viewer.id)
        if seat is None:
            return
        if on and not viewer.may(*NEEDS):
            raise RequestError(not_permitted(viewer, " ".join(NEEDS)))
        self._sound.listen(seat, on)
        if on:
            self._line.tap = self._hear

    def _hear(self, pcm: bytes) -> None:
        self._gathered += pcm
        if len(self._gathered) >= PIECE_BYTES:
            piece = bytes(self._gathered)
            self._gathered.clear()
            if not self._sound.tell(piece, _RATE_HZ):
                self._line.tap = None
