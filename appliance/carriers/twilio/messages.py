"""What Twilio sends on a media stream, as it is on the wire.

See Twilio's documentation, "Media Streams - WebSocket messages". Only what makes a message usable is required:
unknown keys are ignored, and whatever is not needed to understand the message may be missing or of any type.
"""

from typing import Any

import msgspec


class _Message(msgspec.Struct, tag_field="event", rename="camel", gc=False):
    sequence_number: Any = None
    """Counts the stream's messages from 1; Twilio writes it as text."""


class Media(msgspec.Struct, gc=False):
    """Some of the caller's audio: mu-law, 8000 Hz, usually 160 bytes, but of any size."""

    payload: bytes
    track: Any = None


class MediaMessage(_Message, tag="media", kw_only=True, gc=False):
    """Twenty milliseconds of the call, usually."""

    media: Media


class ConnectedMessage(_Message, tag="connected", gc=False):
    """The first message; has neither sequence number nor stream."""


class StartMessage(_Message, tag="start"):
    """The stream begins; ``start`` tells of which call."""

    stream_sid: Any = None
    start: Any = None


class Dtmf(msgspec.Struct):
    """A key, as text."""

    digit: Any


class DtmfMessage(_Message, tag="dtmf", kw_only=True):
    """The caller pressed a key."""

    dtmf: Dtmf


class Mark(msgspec.Struct):
    """A mark of ours."""

    name: str


class MarkMessage(_Message, tag="mark", kw_only=True):
    """A mark comes back."""

    mark: Mark


class StopMessage(_Message, tag="stop", gc=False):
    """The stream is over."""


class EventName(msgspec.Struct):
    """The least a message can be."""

    event: str


Message = MediaMessage | ConnectedMessage | StartMessage | DtmfMessage | MarkMessage | StopMessage

EVENTS = frozenset(("media", "connected", "start", "dtmf", "mark", "stop"))

decode_message = msgspec.json.Decoder(Message).decode
"""The wire's text as one of the messages above; raises msgspec's errors."""

decode_event_name = msgspec.json.Decoder(EventName).decode
"""Only the event's name, whatever it is."""
