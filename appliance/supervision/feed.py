"""One viewer's way out: a bounded queue that a call fills without ever waiting, and that one task empties."""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.rtvi.viewer import Outgoing, Sent
from appliance.supervision.messages import server_message
from appliance.supervision.ring import Ring
from appliance.supervision.roles import Role

MAX_BYTES = 1_048_576
"""What may wait for one viewer, whatever the number of messages."""

GRACE_SECS = 5.0
"""How long a viewer that is to be closed may take to read what still waits for it."""

TOO_SLOW = 1013

_numbers = itertools.count(1)


@dataclass(slots=True, frozen=True)
class Closing:
    """Why a socket is closed: a WebSocket close code and a short reason."""

    code: int
    reason: str


FLOOD = Closing(1008, "too many messages at once")
"""For a viewer that sends more than anybody could have to say."""


class Feed:
    """A viewer, as calls see it. ``send`` never waits and never raises; ``write`` is the socket's side."""

    only_watches = False
    """Whether it is not a socket of its own, so that it answers nothing."""

    def __init__(self, name: str, rights: Role, *, max_messages: int, max_bytes: int = MAX_BYTES) -> None:
        self.id = f"viewer-{next(_numbers)}"
        self.name = name
        self.rights = rights
        """Its role, narrowed to what its token is for."""
        self.role = rights.name
        self.report_ceiling = rights.report_level
        self.sees_sensitive = "sensitive" in rights.sees
        self.max_messages = max_messages
        self.on_ready: Callable[[Outgoing], None] | None = None
        """Sees each ``bot-ready`` after it was queued: the subject greets who is ready."""
        self.ring: Ring | None = None
        """Remembers what is sent, for viewers like this one that come back."""
        self.ready = False
        """Whether it has had its ``bot-ready``."""
        self.closing: Closing | None = None
        self.gone = asyncio.Event()
        """Set when waiting for the peer has no point any more."""
        self.is_binary = False
        """Whether it is written to in the binary form, because its first message came so."""
        self._max_bytes = max_bytes
        self._queue: deque[Sent] = deque()
        self._bytes = 0
        self._dropped: Counter[str] = Counter()
        self._dropped_seq = 0
        self._wake = asyncio.Event()

    def may(self, message_type: str, what: str | None = None) -> bool:
        """Whether this viewer's role permits such a message, see ``Role.may``."""
        return self.rights.may(message_type, what)

    def send(self, outgoing: Outgoing) -> None:
        """Queues a message of the subject."""
        self.queue(outgoing)
        if outgoing.type == "bot-ready":
            self.ready = True
            if self.on_ready is not None:
                self.on_ready(outgoing)
        elif self.ring is not None and not (outgoing.private or outgoing.once):
            self.ring.remember(outgoing)

    def queue(self, outgoing: Outgoing) -> None:
        """Queues a message for this viewer alone; drops droppable ones, and closes the viewer, when it is too slow."""
        if self.closing is not None:
            return
        sent = outgoing.sent_binary() if self.is_binary else outgoing.sent()
        waiting, size = self._queue, len(sent[1])
        has_room = len(waiting) < self.max_messages and self._bytes + size <= self._max_bytes
        if has_room or self._makes_room(size):
            if not waiting:
                self._wake.set()
            waiting.append(sent)
            self._bytes += size
        elif outgoing.droppable:
            self._count_dropped(outgoing.type, outgoing.seq)
        else:
            self.abandon(TOO_SLOW, "too slow: too many messages wait for this viewer")

    def close(self, code: int, reason: str) -> None:
        """Ends the feed once everything that waits was written, or after the time of grace."""
        if self.closing is None:
            self.closing = Closing(code, reason)
            self._wake.set()
            asyncio.get_running_loop().call_later(GRACE_SECS, self.gone.set)

    def abandon(self, code: int, reason: str) -> None:
        """Ends the feed at once: nothing more is kept for the viewer."""
        self.closing = self.closing or Closing(code, reason)
        self._queue.clear()
        self._dropped.clear()
        self._bytes = 0
        self._wake.set()
        self.gone.set()

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._queue)

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait."""
        return self._bytes

    async def write(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Writes what is queued, in order and in the viewer's form, until the feed is closed."""
        while self.closing is None or self._queue or self._dropped:
            if not self._queue and not self._dropped:
                self._wake.clear()
                await self._wake.wait()
                continue
            await send(self._next())

    def _next(self) -> bytes:
        if self._dropped:
            counts = dict(sorted(self._dropped.items()))
            self._dropped.clear()
            # Who comes back names the highest number it has seen: what still waits has to lie behind this one.
            seq = self._queue[0][0] - 1 if self._queue else self._dropped_seq
            told = server_message({"type": "events-dropped", "counts": counts}, seq)
            return told.encode_binary() if self.is_binary else told.encode()
        payload = self._queue.popleft()[1]
        self._bytes -= len(payload)
        return payload

    def _makes_room(self, size: int) -> bool:
        while len(self._queue) >= self.max_messages or self._bytes + size > self._max_bytes:
            oldest = next((at for at, (_, _, _, droppable) in enumerate(self._queue) if droppable), None)
            if oldest is None:
                return False
            seq, payload, kind, _ = self._queue[oldest]
            del self._queue[oldest]
            self._bytes -= len(payload)
            self._count_dropped(kind, seq)
        return True

    def _count_dropped(self, kind: str, seq: int) -> None:
        self._dropped[kind] += 1
        self._dropped_seq = seq
        self._wake.set()
