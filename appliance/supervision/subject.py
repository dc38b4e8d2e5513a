"""What a socket is about, a call or the house: its viewers, and what they may have missed."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from appliance.rtvi.viewer import Outgoing, Sequence
from appliance.supervision.feed import Feed
from appliance.supervision.messages import message, server_message
from appliance.supervision.ring import Ring
from appliance.supervision.roles import Role

LINGER_SECS = 60.0
"""How long events are still remembered after the last viewer of a kind has left: it may come back."""


class Kind(NamedTuple):
    """Viewers of one kind see the same messages."""

    rights: Role
    generation: int
    """Their protocol's major version; of this server's own when it is newer."""
    only_watches: bool
    """Whether it is a subscription, which nobody can ask anything."""


class Full(Exception):  # noqa: N818 - it is an answer, not a fault
    """No more viewers can be taken; the text says of what there are too many."""


class Subject:
    """Viewers join and leave; each is greeted, right after ``bot-ready``, with what it missed or with a snapshot."""

    def __init__(self, sequence: Sequence) -> None:
        self._sequence = sequence
        self._here: dict[str, Feed] = {}
        self._kinds: dict[str, Kind] = {}
        self._rings: dict[Kind, Ring] = {}
        self._lingering: dict[Kind, tuple[Feed, asyncio.TimerHandle]] = {}
        self._is_closed = False

    def __len__(self) -> int:
        """How many viewers are connected."""
        return len(self._here)

    @property
    def watched(self) -> bool:
        """Whether anybody looks, or has just left and may come back."""
        return bool(self._kinds)

    def is_open_to(self, rights: Role) -> bool:
        """Whether holders of this role may watch."""
        raise NotImplementedError

    def join(self, feed: Feed, after: int | None) -> None:
        """Connects a viewer; ``after`` is the number of the last message it has, if it was here before. Raises Full."""
        self._here[feed.id] = feed
        feed.on_ready = partial(self._greet, feed, after)
        self._attach(feed)

    def leave(self, feed: Feed) -> None:
        """Disconnects a viewer. The last of its kind goes on remembering for those who come back."""
        feed.abandon(1000, "the viewer has left")
        self._here.pop(feed.id, None)
        kind = self._kinds.pop(feed.id, None)
        if kind is None or kind in self._kinds.values() or self._is_closed:
            self._detach(feed)
            return
        timer = asyncio.get_running_loop().call_later(LINGER_SECS, self._forget, kind)
        self._kinds[feed.id] = kind
        self._lingering[kind] = (feed, timer)

    def tell(self, make: Callable[[Role], dict[str, Any] | None], *, droppable: bool = False) -> None:
        """Sends a ``server-message`` to all who are ready.

        ``make`` makes its data, once for each role; where it makes None, there is nothing to tell.
        """
        if not self.watched:
            return
        seq = self._sequence.next()
        made: dict[Role, Outgoing | None] = {}
        for feed in self.ready():
            if feed.rights not in made:
                data = make(feed.rights)
                made[feed.rights] = None if data is None else server_message(data, seq, droppable=droppable)
            outgoing = made[feed.rights]
            if outgoing is not None:
                feed.send(outgoing)

    def receive(self, feed: Feed, text: str) -> None:
        """Takes a message from a viewer."""
        raise NotImplementedError

    def receive_audio(self, feed: Feed, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        """Takes a piece of a viewer's microphone, which streams whether anybody wants it or not."""

    def refuse(self, feed: Feed, problem: str, request_id: str | None = None) -> None:
        """Tells a viewer what is wrong with what it sent; ``request_id`` is that of the message, where it has one."""
        kind, data = "error-response", dict[str, Any](error=problem)
        if request_id is None:
            kind, data = "error", {"error": problem, "message": problem, "fatal": False}
        answer = message(kind, data, self._sequence.next(), answers=request_id)
        answer.private = True
        feed.send(answer)

    def close(self, code: int, reason: str) -> None:
        """Closes every viewer's socket and forgets."""
        self._is_closed = True
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

    def _picture(self, feed: Feed) -> list[dict[str, Any]]:
        """What one has to know who has seen nothing: the data of ``server-message``s."""
        raise NotImplementedError

    def _generation(self, feed: Feed) -> int:
        """The major version of the protocol that a viewer has announced."""
        raise NotImplementedError

    def _ask(self, feed: Feed, after: int | None) -> None:
        """Asks a viewer that has just come for what is waited for, and was not asked of it by its message ``after``."""

    def _greet(self, feed: Feed, after: int | None, bot_ready: Outgoing) -> None:
        kind = Kind(feed.rights, self._generation(feed), feed.only_watches)
        before = self._kinds.get(feed.id)
        self._kinds[feed.id] = kind
        if before is not None and before not in self._kinds.values():
            self._rings.pop(before, None)  # It has changed its generation, and nobody follows the other one now.
        # Half of what a queue holds: what comes while the viewer reads what it has missed must find room, too.
        feed.ring = self._rings.setdefault(kind, Ring(bot_ready.seq, feed.max_messages // 2))
        # A number that was never given out is another service's: the viewer gets the whole picture.
        missed = feed.ring.after(after) if after is not None and after < bot_ready.seq else None
        if missed is None:
            after = None
            missed = [server_message(data, self._sequence.next()) for data in self._picture(feed)]
        for outgoing in missed:
            feed.queue(outgoing)
        self._ask(feed, after)
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
