"""What was sent lately, for viewers that come back."""

from collections import deque

from appliance.rtvi.viewer import Outgoing, Sent

MAX_BYTES = 524_288


class Ring:
    """The latest messages of a subject, bounded by number and by bytes.

    It is complete from ``since`` on: every message of the subject with a higher number is in it. Only what was sent is
    kept of a message, so that its bytes are bounded in truth.
    """

    def __init__(self, since: int, max_messages: int, *, max_bytes: int = MAX_BYTES) -> None:
        self.since = since
        self.last = since
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._kept: deque[Sent] = deque()
        self._bytes = 0

    def remember(self, outgoing: Outgoing) -> None:
        """Keeps a message, unless another viewer's copy of it was kept already."""
        if outgoing.seq <= self.last:
            return
        sent, kept = outgoing.sent(), self._kept
        self.last = outgoing.seq
        kept.append(sent)
        self._bytes += len(sent[1])
        while len(kept) > self._max_messages or self._bytes > self._max_bytes:
            self.since, payload, _, _ = kept.popleft()
            self._bytes -= len(payload)

    def after(self, seq: int) -> list[Outgoing] | None:
        """What a viewer has missed whose last message was ``seq``; None if that is not known any more."""
        if seq < self.since:
            return None
        return [Outgoing.sent_before(kept) for kept in self._kept if kept[0] > seq]
