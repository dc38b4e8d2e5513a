"""What goes out on a carrier's socket: in order, without anybody waiting, and nothing stale after a clear."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from appliance.carriers.base import Codec

Send = Callable[[str], Awaitable[None]]


MOST_WAITING = 2000
"""Messages that may wait for a carrier that does not read: minutes of audio."""


class Line:
    """The sending half of one stream. What is written is sent by ``run``; a clear overtakes audio and marks."""

    def __init__(self, codec: Codec, send: Send) -> None:
        self.codec = codec
        self._send = send
        self._messages: deque[str] = deque()
        self._wake = asyncio.Event()
        self.on_stuck: Callable[[], None] = lambda: None
        """Called when a carrier that does not read is too far behind: what comes now is lost."""

    def play(self, pcm: bytes) -> None:
        """Audio for the caller."""
        self._put(self.codec.encode_audio(pcm))

    def mark(self, name: str) -> None:
        """A mark behind everything played so far."""
        self._put(self.codec.encode_mark(name))

    def clear(self) -> None:
        """Silence, now: what has not been sent never is."""
        self._messages.clear()
        self._put(self.codec.encode_clear())

    async def run(self) -> None:
        """Sends until cancelled or until the socket fails."""
        while True:
            while self._messages:
                await self._send(self._messages.popleft())
            self._wake.clear()
            await self._wake.wait()

    def _put(self, message: str) -> None:
        if len(self._messages) >= MOST_WAITING:
            self.on_stuck()
            return
        self._messages.append(message)
        self._wake.set()
