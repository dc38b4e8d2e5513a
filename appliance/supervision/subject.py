"""What a socket is about, a call or the house: its viewers, and what they may have missed."""

import asyncio
from functools import partial

from appliance.rtvi.viewer import Outgoing
from appliance.supervision.feed import Feed
from appliance.supervision.ring import Ring

LINGER_SECS = 60.0
"""How long events are still remembered after the last viewer of a kind has left: it may come back."""

Kind = tuple[int, bool]
"""Viewers of one kind see the same messages: their highest report level, and whether they speak protocol 1."""


class Subject:
    """Viewers join and leave; each is greeted, right after ``bot-ready``, with what it missed or with a snapshot."""

    def __init__(self) -> None:
        self._here: dict[str, Feed] = {}
        self._kinds: dict[str, Kind] = {}
        self._rings: dict[Kind, Ring] = {}
        self._lingering: dict[Kind, tuple[Feed, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        """How many viewers are connected."""
        return len(self._here)

    def join(self, feed: Feed, after: int | None) -> None:
        """Connects a viewer; ``after`` is the number of the last message it has, if it was here before."""
        self._here[feed.id] = feed
        feed.on_sent = partial(self._sent, feed, after)
        self._attach(feed)

    def leave(self, feed: Feed) -> None:
        """Disconnects a viewer. The last of its kind goes on remembering for those who come back."""
        self._here.pop(feed.id, None)
        kind = self._kinds.pop(feed.id, None)
        if kind is None or kind in self._kinds.values():
            self._detach(feed)
            return
        timer = asyncio.get_running_loop().call_later(LINGER_SECS, self._forget, kind)
        self._kinds[feed.id] = kind
        self._lingering[kind] = (feed, timer)

    def receive(self, feed: Feed, text: str) -> None:
        """Takes a message from a viewer."""
        raise NotImplementedError

    def close(self, code: int, reason: str) -> None:
        """Closes every viewer's socket and forgets."""
        for feed in list(self._here.values()):
            feed.close(code, reason)
        for kind in list(self._lingering):
            self._forget(kind)

    def ready(self) -> list[Feed]:
        """Those who have had their ``bot-ready``, the lingering ones too."""
        lingering = [feed for feed, _ in self._lingering.values()]
        return [feed for feed in self._here.values() if feed.id in self._kinds] + lingering

    def _attach(self, feed: Feed) -> None:
        raise NotImplementedError

    def _detach(self, feed: Feed) -> None:
        raise NotImplementedError

    def _snapshot(self, feed: Feed) -> Outgoing:
        raise NotImplementedError

    def _sent(self, feed: Feed, after: int | None, outgoing: Outgoing) -> None:
        if outgoing.type == "bot-ready":
            self._greet(feed, after, outgoing)
        elif feed.id in self._kinds and not outgoing.private:
            self._rings[self._kinds[feed.id]].remember(outgoing)

    def _greet(self, feed: Feed, after: int | None, bot_ready: Outgoing) -> None:
        version = str(bot_ready.message["data"]["version"])
        kind = (feed.report_ceiling.value, version.startswith("1."))
        self._kinds[feed.id] = kind
        ring = self._rings.get(kind)
        if ring is None:
            self._rings[kind] = Ring(bot_ready.seq)
        # A number that was never given out is another service's: the viewer gets the whole picture.
        missed = ring.after(after) if ring is not None and after is not None and after < bot_ready.seq else None
        if missed is None or len(missed) > feed.max_messages // 2:
            missed = [self._snapshot(feed)]
        for outgoing in missed:
            feed.queue(outgoing)
        if kind in self._lingering:
            self._dismiss(kind)

    def _dismiss(self, kind: Kind) -> None:
        feed, timer = self._lingering.pop(kind)
        timer.cancel()
        self._kinds.pop(feed.id, None)
        self._detach(feed)

    def _forget(self, kind: Kind) -> None:
        self._dismiss(kind)
        self._rings.pop(kind, None)
