"""The messages of a bidirectional media stream, word for word as the carrier documents them.

See Twilio, "Media Streams: WebSocket messages" and the error pages 31924, 31950, 31951. Counters are strings, as in
all of Twilio's examples.
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from appliance.errors import ProtocolError

BINARY_OR_UNDECODABLE = 31950
INVALID_MESSAGE = 31951
MEDIA_DISCARDED = 31931
WEBSOCKET_PROTOCOL_ERROR = 31924
HANDSHAKE_FAILED = 31920
SERVER_CLOSED = 31921


class InvalidMessageError(ProtocolError):
    """The server sent what the carrier does not take; ``code`` is the carrier's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Media:
    """Audio to be played: mu-law."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """To be sent back when the audio before it has been played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop what is queued."""


_KEYS = {
    "media": ({"event", "streamSid", "media"}, {"payload"}),
    "mark": ({"event", "streamSid", "mark"}, {"name"}),
    "clear": ({"event", "streamSid"}, None),
}


def read(text: str, stream_sid: str) -> Media | Mark | Clear:
    """Reads one message of the server as strictly as Twilio does; raises InvalidMessageError."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidMessageError(BINARY_OR_UNDECODABLE, f"A message is not JSON: {_shown(text)}.") from error
    event = message.get("event") if isinstance(message, dict) else None
    if not isinstance(event, str) or event not in _KEYS:
        raise InvalidMessageError(INVALID_MESSAGE, f"A message has the event {event!r}, expected media, mark or clear.")
    outer, inner = _KEYS[event]
    _check_keys(f"A {event} message", message, outer)
    if message["streamSid"] != stream_sid:
        raise InvalidMessageError(
            INVALID_MESSAGE, f"A {event} message is for the stream {message['streamSid']!r}, not {stream_sid}."
        )
    if inner is None:
        return Clear()
    _check_keys(f"The object {event} of a message", message[event], inner)
    return _read_media(message["media"]["payload"]) if event == "media" else _read_mark(message["mark"]["name"])


def _check_keys(what: str, found: object, expected: set[str]) -> None:
    if not isinstance(found, dict):
        raise InvalidMessageError(INVALID_MESSAGE, f"{what} is {_shown(repr(found))}, expected an object.")
    if found.keys() == expected:
        return
    wrong = [f"lacks {key}" for key in sorted(expected - found.keys())]
    wrong += [f"must not have {key}" for key in sorted(found.keys() - expected)]
    raise InvalidMessageError(INVALID_MESSAGE, f"{what} {' and '.join(wrong)}.")


def _read_media(payload: object) -> Media:
    if not isinstance(payload, str):
        raise InvalidMessageError(INVALID_MESSAGE, f"media.payload is {_shown(repr(payload))}, expected base64.")
    try:
        return Media(binascii.a2b_base64(payload, strict_mode=True))
    except ValueError as error:
        raise InvalidMessageError(INVALID_MESSAGE, f"media.payload is not base64: {_shown(payload)}.") from error


def _read_mark(name: object) -> Mark:
    if not isinstance(name, str):
        raise InvalidMessageError(INVALID_MESSAGE, f"mark.name is {_shown(repr(name))}, expected text.")
    return Mark(name)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


class Messages:
    """Builds one stream's messages to the server and counts them."""

    def __init__(self, stream_sid: str, account_sid: str, call_sid: str, parameters: Mapping[str, str]) -> None:
        self.stream_sid = stream_sid
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._parameters = dict(parameters)
        self._sequence = 0
        self._chunk = 0
        self._tail = f'"}},"streamSid":"{stream_sid}"}}'

    def connected(self) -> str:
        """The first message; it alone has no number and no streamSid."""
        return '{"event":"connected","protocol":"Call","version":"1.0.0"}'

    def start(self) -> str:
        """What the stream is; once, right after ``connected``."""
        return self._numbered(
            "start",
            {
                "accountSid": self._account_sid,
                "streamSid": self.stream_sid,
                "callSid": self._call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": self._parameters,
            },
        )

    def media(self, payload: str, timestamp_ms: int) -> str:
        """The caller's audio: base64 of mu-law, and the time in the stream at which it begins."""
        self._sequence += 1
        self._chunk += 1
        return (
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{timestamp_ms}","payload":"{payload}{self._tail}'
        )

    def dtmf(self, digit: str) -> str:
        """The caller pressed a key."""
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        """The audio before the server's mark has been played, or was cleared."""
        return self._numbered("mark", {"name": name})

    def stop(self) -> str:
        """The stream or the call ended."""
        return self._numbered("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _numbered(self, event: str, body: dict[str, object]) -> str:
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.stream_sid, event: body}
        return json.dumps(message)


class MinimalMessages(Messages):
    """As some callers of another make write them: after ``start``, nothing but what cannot be left out."""

    def media(self, payload: str, timestamp_ms: int) -> str:
        """Only the event and the payload."""
        return f'{{"event":"media","media":{{"payload":"{payload}"}}}}'

    def dtmf(self, digit: str) -> str:
        """Only the event and the digit."""
        return json.dumps({"event": "dtmf", "dtmf": {"digit": digit}})

    def mark(self, name: str) -> str:
        """Only the event and the name."""
        return json.dumps({"event": "mark", "mark": {"name": name}})

    def stop(self) -> str:
        """Only the event."""
        return '{"event":"stop"}'
