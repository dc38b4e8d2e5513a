"""Viewers of the bench's calls: those that read everything and keep a list of it, and those that never read."""

import asyncio
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, urlsplit
from zlib import crc32

import msgspec

from appliance.bench.socket import ClientSocket, text_frame
from appliance.bench.stamps import Stamp, read_stamp

TRIES = 50
SMALL_BUFFER_BYTES = 4096
"""What the system keeps for a viewer that never reads; the rest is the server's."""
GREETING = 2
"""``bot-ready`` and the snapshot have numbers, too, and are for one viewer alone."""
_SEQ_BITS = 32


class Reader:
    """Reads everything. Of each message it keeps number and checksum."""

    socket: ClientSocket

    def __init__(self) -> None:
        self.seen = array("Q")
        self.delays_secs: list[float] = []
        """From the push of each stamp until it was read."""
        self.stamp: Stamp | None = None
        """The newest."""
        self.most_waiting_bytes = 0

    @property
    def seq(self) -> int:
        """The number of the newest message; 0 before the first."""
        return self.seen[-1] >> _SEQ_BITS if self.seen else 0

    def take(self, text: bytes) -> None:
        """Takes a message."""
        now = time.monotonic_ns()
        seq = int(text[text.rindex(b":") + 1 : -1])  # It stands at the end.
        self.seen.append(seq << _SEQ_BITS | crc32(text))
        stamp = read_stamp(text)
        if stamp is not None:
            self.stamp = stamp
            self.delays_secs.append((now - stamp.at_ns) / 1e9)
            self.most_waiting_bytes = max(self.most_waiting_bytes, stamp.waiting_bytes)

    def count_from_now(self) -> None:
        """Forgets how late the stamps were; the list goes on."""
        self.delays_secs.clear()
        self.most_waiting_bytes = 0

    def since(self, seq: int) -> Sequence[int]:
        """What came after that number."""
        return [message for message in self.seen if message >> _SEQ_BITS > seq]


class Party:
    """The viewers of one call: readers of some roles, each role's see the same; and perhaps some that never read."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.readers: dict[str, list[Reader]] = {}
        self.deaf: list[ClientSocket] = []
        self._from = 0

    def __iter__(self) -> Iterator[Reader]:
        return (reader for readers in self.readers.values() for reader in readers)

    async def join(self, url: str, role: str, token: str) -> None:
        """Another reader."""
        reader = Reader()
        reader.socket = await watch(url, self.sid, token, reader.take)
        self.readers.setdefault(role, []).append(reader)

    async def join_deaf(self, url: str, token: str) -> None:
        """Another one that never reads."""
        socket = await watch(url, self.sid, token, lambda text: None, receive_bytes=SMALL_BUFFER_BYTES)
        socket.pause()
        self.deaf.append(socket)

    def compare_from_now(self) -> None:
        """All readers have come: from here on those of a role have to get the same."""
        self._from = max((reader.seq for reader in self), default=0)

    def unlike(self) -> int:
        """How many readers got something else than the first one of their role."""
        lists = [[reader.since(self._from) for reader in readers] for readers in self.readers.values()]
        return sum(one != first for first, *others in lists for one in others)

    def missing(self) -> int:
        """How many numbers nobody got, those apart that only a viewer gets that has just come."""
        got = {message >> _SEQ_BITS for readers in self.readers.values() for message in readers[0].since(self._from)}
        return max(got) - self._from - len(got) - GREETING * len(self.deaf) if got else 0


async def watch(
    url: str, sid: str, token: str, on_text: Callable[[bytes], None], *, receive_bytes: int | None = None
) -> ClientSocket:
    """A supervisor's connection to one call, with the handshake done; a call that has just begun is waited for."""
    address = urlsplit(url)
    host, port, path = address.hostname or "", address.port or 80, f"/rtvi/{quote(sid)}?token={token}"
    for attempt in range(TRIES):
        try:
            viewer = await ClientSocket.connect(host, port, path, on_text, receive_bytes=receive_bytes)
        except ConnectionRefusedError as error:
            if " 404 " not in str(error) or attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.05)
            continue
        about = {"version": "2.1.0", "about": {"library": "appliance bench"}}
        hello = {"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": about}
        viewer.send(text_frame(msgspec.json.encode(hello)))
        break
    return viewer
