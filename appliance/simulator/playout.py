"""What the carrier does with the audio it is sent: it queues it, plays it at 8 kHz, and reports marks.

As Twilio documents it for bidirectional streams: media is "buffered and played in the order received"; a mark comes
back when all audio before it has been played, at once when nothing is queued; `clear` empties the buffer and all
outstanding marks come back at once; more than ten minutes of queued audio are refused (31931).
"""

from collections import deque

from appliance.simulator.sound import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENT_BYTE

BUFFER_LIMIT_BYTES = 10 * 60 * SAMPLE_RATE_HZ
_SILENT_FRAME = SILENT_BYTE * FRAME_SAMPLES


class Playout:
    """The buffer and the loudspeaker behind it, moved by ``tick`` every 20 ms."""

    def __init__(self) -> None:
        self._queue: deque[bytes | str] = deque()  # audio as bytes, a mark as its name
        self._rest = 0  # bytes of the first piece that have been played
        self._due: list[str] = []  # marks whose audio ends within the frame that is being played
        self._sounding = False
        self.queued_bytes = 0
        self.played_bytes = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is queued and nothing being played."""
        return not self.queued_bytes and not self._sounding

    def add(self, mulaw: bytes) -> bool:
        """Queues audio; False when it is refused because ten minutes are queued already."""
        if self.queued_bytes + len(mulaw) > BUFFER_LIMIT_BYTES:
            return False
        if mulaw:
            self._queue.append(mulaw)
            self.queued_bytes += len(mulaw)
        return True

    def mark(self, name: str) -> bool:
        """Takes a mark; True when it is due at once."""
        if self._queue:
            self._queue.append(name)
        elif self._sounding:
            self._due.append(name)
        else:
            return True
        return False

    def clear(self) -> list[str]:
        """Drops all that is queued and returns all outstanding marks in their order."""
        marks = self._due + [item for item in self._queue if isinstance(item, str)]
        self._queue.clear()
        self._due = []
        self._rest = self.queued_bytes = 0
        self._sounding = False
        return marks

    def tick(self) -> tuple[bytes | None, list[str]]:
        """The next 20 ms begin: what is played in them (160 bytes, None if nothing), and the marks passed before."""
        marks = self._due
        if not self._queue:
            self._sounding = False
            if marks:
                self._due = []
            return None, marks
        self._due = []
        return self._next_frame(), marks

    def _next_frame(self) -> bytes | None:
        queue, pieces, wanted = self._queue, [], FRAME_SAMPLES
        while queue:
            item = queue[0]
            if isinstance(item, str):
                self._due.append(item)
                queue.popleft()
                continue
            if not wanted:
                break
            piece = item[self._rest : self._rest + wanted]
            pieces.append(piece)
            wanted -= len(piece)
            self._rest += len(piece)
            if self._rest == len(item):
                queue.popleft()
                self._rest = 0
        played = FRAME_SAMPLES - wanted
        self.queued_bytes -= played
        self.played_bytes += played
        self._sounding = played > 0
        return b"".join(pieces) + _SILENT_FRAME[:wanted]
