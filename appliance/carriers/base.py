"""What every carrier is to the rest of the house: a codec, an API, and how it differs from the others.

A stream brings a start, audio, keys, returned marks and perhaps a stop; it takes audio, marks and clear.
"""

from dataclasses import dataclass
from typing import Protocol

from appliance.frames import Frame, SystemFrame


@dataclass(slots=True)
class StreamStartFrame(SystemFrame):
    """The carrier opens a call's stream.

    ``call_id`` and ``stream_id`` are the carrier's, empty where it names none; ``parameters`` are those that
    the answer to the call asked it to bring along.
    """

    call_id: str
    stream_id: str
    parameters: dict[str, str]


@dataclass(slots=True)
class StreamStopFrame(SystemFrame):
    """The carrier says that the stream is over. Often it just goes away instead."""


@dataclass(slots=True)
class MarkFrame(SystemFrame):
    """A mark has come back: what was sent before it has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How a carrier differs from the others."""

    clear_returns_marks: bool
    """After a clear, the marks that were outstanding come back at once, as if played."""

    buffers_audio: bool
    """It queues what it gets and plays it in its own time: nobody needs to pace."""

    max_lead_secs: float
    """More unplayed audio than this is thrown away."""


class Codec(Protocol):
    """One stream's wire, without any I/O. Audio is PCM: 16 bits little-endian, 8000 Hz, mono."""

    @property
    def capabilities(self) -> Capabilities:
        """What can be expected of this carrier."""

    def decode(self, message: str | bytes) -> bytes | Frame | None:
        """The caller's audio as it is (the short way), a frame for all else, None for what needs no action.

        ``str`` is a WebSocket text message, ``bytes`` a binary one. Raises ProtocolError for what cannot be
        understood; the stream may go on after it.
        """

    def encode_audio(self, pcm: bytes) -> str:
        """A message that lets the caller hear this, after all that was sent before."""

    def encode_mark(self, name: str) -> str:
        """A message that comes back as a MarkFrame once all that was sent before has been played."""

    def encode_clear(self) -> str:
        """A message that silences the line: what is not yet played never will be."""


class CarrierApi(Protocol):
    """What a carrier does for us apart from a call's stream."""

    async def hang_up(self, call_id: str) -> None:
        """Ends a call; one that has ended already is fine. Raises CarrierError."""

    async def redirect(self, call_id: str, document: str) -> None:
        """Lets a call go on with this document, in the carrier's own language, instead of its stream.

        A call that has ended already is fine. Raises CarrierError.
        """

    async def place_call(
        self, to: str, from_number: str, document: str, *, ring_secs: int, status_callback: str
    ) -> str:
        """Calls somebody and gives the call's id; ``document`` is what they hear once they answer.

        ``status_callback`` is told how the call ended. Raises CarrierError.
        """

    async def send_message(self, to: str, from_number: str, text: str) -> None:
        """Sends a text message. Raises CarrierError."""
