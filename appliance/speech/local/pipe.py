"""What the speech server and its worker processes say to each other over a socket pair.

A frame is a header (kind, session, length of the body; big-endian) and a body: UTF-8 JSON, or 16-bit PCM for
``AUDIO``. A session is one utterance or one text; session 0 is the worker itself. Only this house speaks this
protocol, both ends are of the same version, and a frame that does not fit is a bug: ValueError.
"""

import json
import select
import socket
import struct
from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

_HEADER = struct.Struct("!BII")
MAX_BODY_BYTES = 4_000_000
_READ_BYTES = 262_144


class Kind(IntEnum):
    """What a frame says; the session it says it of is in the frame."""

    READY = 1
    """worker, session 0: loaded; the body says with what."""
    PING = 2
    PONG = 3
    OPEN = 4
    """server: begins a session; the body is the request."""
    AUDIO = 5
    """either way: 16-bit mono PCM."""
    FINISH = 6
    """server: no more audio."""
    CANCEL = 7
    """server: nobody waits for this session any more."""
    INTERIM = 8
    WORDS = 9
    DONE = 10
    """worker: the session's last frame, with its result."""
    FAILED = 11
    """worker: the session's last frame; the body is ``{"text": sentence}``."""


class Frame(NamedTuple):
    """One message between the server and a worker."""

    kind: Kind
    session: int
    body: bytes = b""

    def data(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError(f"the body of {self.kind.name} is {type(value).__name__}, expected an object")
        return value


def pack(kind: Kind, session: int, body: bytes | dict[str, Any] = b"") -> bytes:
    """One frame as bytes; a dict becomes JSON."""
    raw = json.dumps(body, ensure_ascii=False).encode() if isinstance(body, dict) else body
    return _HEADER.pack(kind, session, len(raw)) + raw


class FrameReader:
    """Cuts frames out of bytes that come in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Takes bytes, gives the frames that are complete now. Raises ValueError for a frame that cannot be ours."""
        self._buffer += data
        at = 0
        try:
            while len(self._buffer) - at >= _HEADER.size:
                kind, session, length = _HEADER.unpack_from(self._buffer, at)
                if length > MAX_BODY_BYTES:
                    raise ValueError(f"a frame of {length} bytes, expected at most {MAX_BODY_BYTES}")
                end = at + _HEADER.size + length
                if len(self._buffer) < end:
                    break
                body = bytes(self._buffer[at + _HEADER.size : end])
                at = end
                yield Frame(Kind(kind), session, body)
        finally:
            del self._buffer[:at]


class WorkerPipe:
    """The worker's end: blocking, and it answers pings whenever it looks, so that only a hung worker is silent."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reader = FrameReader()
        self._waiting: deque[Frame] = deque()
        self._cancelled: set[int] = set()

    def send(self, kind: Kind, session: int, body: bytes | dict[str, Any] = b"") -> None:
        """Sends one frame; waits while the server does not read."""
        self._socket.sendall(pack(kind, session, body))

    def receive(self) -> Frame:
        """The next frame for the engine. Raises EOFError when the server is gone."""
        while not self._waiting:
            self._take(self._socket.recv(_READ_BYTES))
        self.look()
        frame = self._pop()
        self._cancelled.discard(frame.session)
        return frame

    def _pop(self) -> Frame:
        """The frame that came first; before all others those of a session that only needs to be finished."""
        urgent = next((frame.session for frame in self._waiting if frame.kind is Kind.FINISH), None)
        at = next(index for index, frame in enumerate(self._waiting) if urgent in (None, frame.session))
        frame = self._waiting[at]
        del self._waiting[at]
        return frame

    def look(self) -> None:
        """Takes in what has come already, without waiting."""
        while select.select([self._socket], [], [], 0)[0]:
            self._take(self._socket.recv(_READ_BYTES))

    def is_cancelled(self, session: int) -> bool:
        """Whether the server gave up the session that the worker is busy with. Looks first."""
        self.look()
        return session in self._cancelled

    def _take(self, data: bytes) -> None:
        if not data:
            raise EOFError("the speech server is gone")
        for frame in self._reader.feed(data):
            if frame.kind is Kind.PING:
                self.send(Kind.PONG, 0)
            elif frame.kind is Kind.CANCEL:
                self._cancel(frame)
            else:
                self._waiting.append(frame)

    def _cancel(self, cancel: Frame) -> None:
        """A session that is still waiting is forgotten; one that is being worked on learns of it."""
        self._waiting = deque(frame for frame in self._waiting if frame.session != cancel.session)
        self._cancelled.add(cancel.session)
        self._waiting.append(cancel)
