"""Wyoming's wire format, read so that nonsense is told from a hang-up, and nothing unbounded is taken in.

An event is a line of JSON (``type``, ``data``, ``data_length``, ``payload_length``), then ``data_length`` bytes of
JSON, then the payload. The package's own reader returns None for both a closed connection and a malformed header, lets
other errors through, and takes any length; its event types are used as they are. See the Wyoming protocol (Rhasspy).
"""

import asyncio
import json
import os
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from wyoming.event import Event

from appliance.errors import EngineError, ProtocolError

MAX_HEADER_BYTES = 65_536
MAX_DATA_BYTES = 1_000_000
MAX_PAYLOAD_BYTES = 2_000_000


def encode(event: Event) -> bytes:
    """One event as bytes, for one write."""
    data = json.dumps(event.data, ensure_ascii=False).encode() if event.data else b""
    payload = event.payload or b""
    header: dict[str, Any] = {"type": event.type, "version": "1"}
    if data:
        header["data_length"] = len(data)
    if payload:
        header["payload_length"] = len(payload)
    return json.dumps(header).encode() + b"\n" + data + payload


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None when the peer hung up between two events. Raises ProtocolError for anything else.

    ``reader`` must have been made with ``limit=MAX_HEADER_BYTES``.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise ProtocolError("The connection ended in the middle of a Wyoming header.") from None
        return None
    except asyncio.LimitOverrunError:
        raise ProtocolError(f"A Wyoming header is longer than {MAX_HEADER_BYTES} bytes.") from None
    header = _object(line, "header")
    kind, data = header.get("type"), header.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise ProtocolError("A Wyoming header has no type, expected one such as audio-chunk.")
    data_length = _length(header, "data_length", MAX_DATA_BYTES)
    payload_length = _length(header, "payload_length", MAX_PAYLOAD_BYTES)
    try:
        if data_length:
            data = data | _object(await reader.readexactly(data_length), "data")
        payload = await reader.readexactly(payload_length) if payload_length else None
    except asyncio.IncompleteReadError:
        raise ProtocolError(f'The connection ended in the middle of the Wyoming event "{kind}".') from None
    return Event(type=kind, data=data, payload=payload)


def _object(raw: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ProtocolError(f"A Wyoming {what} is not a JSON object.")
    return value


def _length(header: dict[str, Any], name: str, most: int) -> int:
    value = header.get(name) or 0
    if not isinstance(value, int) or not 0 <= value <= most:
        raise ProtocolError(f"A Wyoming header has {name} {value!r:.40}, expected 0 to {most}.")
    return value


def number(event: Event, name: str) -> int:
    """A whole number above 0 in an event's data. Raises ProtocolError."""
    value = event.data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ProtocolError(f'The Wyoming event "{event.type}" has {name} {value!r:.40}, expected a number above 0.')
    return value


def text(event: Event, name: str = "text") -> str:
    """A text in an event's data. Raises ProtocolError."""
    value = event.data.get(name)
    if not isinstance(value, str):
        raise ProtocolError(f'The Wyoming event "{event.type}" has no {name}, expected a string.')
    return value


def check_address(uri: str) -> None:
    """Raises EngineError unless ``uri`` is ``tcp://host:port`` or ``unix:///path``."""
    try:
        parts = urlsplit(uri)
        fits = bool(parts.hostname and parts.port) if parts.scheme == "tcp" else bool(parts.path)
    except ValueError:
        fits = False
    if not fits or parts.scheme not in ("tcp", "unix"):
        raise EngineError(f'"{uri}" is not the address of a Wyoming server, expected tcp://host:port or unix:///path.')


async def connect(uri: str, secs: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a Wyoming server. Raises EngineError when there is none within ``secs``."""
    check_address(uri)
    parts = urlsplit(uri)
    try:
        async with asyncio.timeout(secs):
            if parts.scheme == "unix":
                return await asyncio.open_unix_connection(parts.path, limit=MAX_HEADER_BYTES)
            return await asyncio.open_connection(parts.hostname, parts.port, limit=MAX_HEADER_BYTES)
    except TimeoutError:
        raise EngineError(f"The speech engine at {uri} did not take the connection within {secs:g} s.") from None
    except OSError as error:
        raise EngineError(f"The speech engine at {uri} cannot be reached: {reason(error)}.") from None


def reason(error: OSError) -> str:
    """The system's own words, without the address that asyncio puts in."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


@lru_cache(maxsize=256)
def _chunk_head(rate_hz: int, length: int) -> bytes:
    event = Event("audio-chunk", {"rate": rate_hz, "width": 2, "channels": 1}, bytes(length))
    return encode(event)[:-length]


def audio_chunk(pcm: bytes, rate_hz: int) -> bytes:
    """An ``audio-chunk`` of 16-bit mono audio as bytes; ``pcm`` is not empty. Cheap: heads are made once a length."""
    return _chunk_head(rate_hz, len(pcm)) + pcm
