"""One media stream of Twilio's: its messages in, ours out."""

from binascii import b2a_base64
from typing import Any

import msgspec

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.carriers.base import Capabilities, MarkFrame, StreamStartFrame, StreamStopFrame
from appliance.carriers.twilio.messages import (
    EVENTS,
    ConnectedMessage,
    DtmfMessage,
    MarkMessage,
    MediaMessage,
    Message,
    StartMessage,
    decode_event_name,
    decode_message,
)
from appliance.errors import ProtocolError
from appliance.frames import Frame, InputDTMFFrame

CAPABILITIES = Capabilities(clear_returns_marks=True, buffers_audio=True, max_lead_secs=600.0)
"""Twilio keeps ten minutes of audio and discards what goes beyond (its warning 31931)."""

_KEYS = frozenset("0123456789*#ABCD")
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


class TwilioCodec:
    """A media stream's wire, see ``carriers.base.Codec``.

    It counts what was odd and yet used: ``missing_sequence`` (messages without a usable sequence number),
    ``out_of_order`` (not the number after the last one's) and ``unknown_events``. Messages of ours hold exactly
    the keys that Twilio documents, because it refuses a message with any other (31951).
    """

    __slots__ = ("_head", "_next_sequence", "_started", "missing_sequence", "out_of_order", "unknown_events")

    capabilities = CAPABILITIES

    def __init__(self) -> None:
        self.missing_sequence = 0
        self.out_of_order = 0
        self.unknown_events = 0
        self._started = False
        self._next_sequence: int | None = None
        self._head = _head("")

    def decode(self, message: str | bytes) -> bytes | Frame | None:
        """See ``Codec.decode``. Audio of any but the inbound track needs no action, nor do empty payloads."""
        if isinstance(message, bytes):
            raise ProtocolError(f"a binary message of {len(message)} bytes, expected text that holds one JSON object")
        try:
            wire = decode_message(message)
        except _UNREADABLE as error:
            self._unreadable(message, error)
            return None
        if type(wire) is MediaMessage:
            self._count(wire.sequence_number)
            media = wire.media
            if not media.payload or (media.track is not None and media.track != "inbound"):
                return None
            return ulaw_to_pcm(media.payload)
        return self._rare(wire)

    def encode_audio(self, pcm: bytes) -> str:
        """A ``media`` message. ``pcm`` holds whole samples, of any duration but none at all."""
        payload = b2a_base64(pcm_to_ulaw(pcm), newline=False).decode("ascii")
        return f'{{"event":"media",{self._head},"media":{{"payload":"{payload}"}}}}'

    def encode_mark(self, name: str) -> str:
        """A ``mark`` message."""
        return f'{{"event":"mark",{self._head},"mark":{{"name":{_json(name)}}}}}'

    def encode_clear(self) -> str:
        """A ``clear`` message."""
        return f'{{"event":"clear",{self._head}}}'

    def _rare(self, wire: Message) -> Frame | None:
        """Everything but audio."""
        if isinstance(wire, ConnectedMessage):
            return None
        self._count(wire.sequence_number)
        if isinstance(wire, StartMessage):
            return self._start(wire)
        if isinstance(wire, DtmfMessage):
            return InputDTMFFrame(_key(wire.dtmf.digit))
        if isinstance(wire, MarkMessage):
            return MarkFrame(wire.mark.name)
        return StreamStopFrame()

    def _start(self, wire: StartMessage) -> StreamStartFrame:
        if self._started:
            raise ProtocolError("a second start on one stream, expected one")
        start = _object(wire.start)
        _require_mulaw(_object(start.get("mediaFormat")))
        stream_id = _text(wire.stream_sid) or _text(start.get("streamSid"))
        self._head = _head(stream_id)
        self._started = True
        parameters = {name: _text(value) for name, value in _object(start.get("customParameters")).items()}
        return StreamStartFrame(_text(start.get("callSid")), stream_id, parameters)

    def _count(self, sequence: Any) -> None:
        """Notes a message's number: text from Twilio, a number from others, nothing from some."""
        try:
            number = int(sequence)
        except (TypeError, ValueError, OverflowError):
            self.missing_sequence += 1
            return
        if number != self._next_sequence and self._next_sequence is not None:
            self.out_of_order += 1
        self._next_sequence = number + 1

    def _unreadable(self, message: str, error: Exception) -> None:
        """Lets pass what is a message of a kind that we do not know; raises ProtocolError for all else."""
        try:
            event = decode_event_name(message).event
        except _UNREADABLE as worse:
            raise ProtocolError(_refusal(worse)) from worse
        if event in EVENTS:
            raise ProtocolError(f"a {event} message that cannot be used ({_reason(error)})") from error
        self.unknown_events += 1


def _refusal(error: Exception) -> str:
    kind = "without an event" if isinstance(error, msgspec.ValidationError) else "that is not JSON"
    return f"a message {kind} ({_reason(error)}), expected one JSON object"


def _reason(error: Exception) -> str:
    """msgspec's words; it quotes nothing of a message but names of keys that we know."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "not valid Unicode" if isinstance(error, UnicodeError) else str(error)


def _head(stream_id: str) -> str:
    """What every message of ours has in common: the stream it belongs to."""
    return f'"streamSid":{_json(stream_id)}'


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _text(value: Any) -> str:
    """What should be text, as text; nothing at all is the empty one."""
    return "" if value is None else str(value)


def _object(value: Any) -> dict[str, Any]:
    """What should be an object; anything else counts as an empty one."""
    return value if isinstance(value, dict) else {}


def _key(digit: Any) -> str:
    key = _text(digit).upper()
    if key not in _KEYS:
        # Several keys at once could be somebody's secret number: it must not get into the log.
        what = f"the key {key!r}" if len(key) == 1 else f"a key of {len(key)} characters"
        raise ProtocolError(f"{what}, expected one of 0-9, *, # and A-D")
    return key


def _require_mulaw(media_format: dict[str, Any]) -> None:
    """Refuses audio that would be noise to us; what is not said is as it always is."""
    encoding = _text(media_format.get("encoding", "audio/x-mulaw"))
    rate = _text(media_format.get("sampleRate", 8000))
    channels = _text(media_format.get("channels", 1))
    if (encoding, rate, channels) != ("audio/x-mulaw", "8000", "1"):
        found = f"{encoding[:40]} at {rate[:10]} Hz with {channels[:10]} channels"
        raise ProtocolError(f"a stream of {found}, expected audio/x-mulaw at 8000 Hz with 1 channel")
