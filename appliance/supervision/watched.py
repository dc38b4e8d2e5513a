"""A call as a subject: its RTVI processor speaks to the viewers, the house adds snapshot, facts and end."""

from typing import Any

from appliance.rtvi.handshake import CURRENT_MAJOR
from appliance.supervision.calls import Facts, LiveCall
from appliance.supervision.feed import Feed
from appliance.supervision.roles import Role
from appliance.supervision.subject import Full, Subject

TOLD = frozenset({"state", "recording", "taken_over_by"})
"""Facts that RTVI has no event for: viewers of the call are told when one of them changes."""


class WatchedCall(Subject):
    """One call and its viewers."""

    def __init__(self, call: LiveCall, max_viewers: int) -> None:
        super().__init__(call.view.rtvi.sequence)
        self.call = call
        self._max_viewers = max_viewers

    def is_open_to(self, rights: Role) -> bool:
        """Whether the role covers the call's dialplan."""
        return self.call.is_open_to(rights)

    def join(self, feed: Feed, after: int | None) -> None:
        """See the base class; there is a limit for each call."""
        if len(self) >= self._max_viewers:
            raise Full(f"{len(self)} viewers are connected to this call, which is the limit.")
        super().join(feed, after)

    def receive(self, feed: Feed, text: str) -> None:
        """Hands a viewer's message to the call, which answers in its own time."""
        self.call.view.rtvi.receive(feed, text)

    def receive_audio(self, feed: Feed, pcm: bytes, sample_rate: int, num_channels: int) -> None:
        """Hands a piece of a viewer's microphone to the call, which knows whose is heard."""
        self.call.view.rtvi.receive_audio(feed, pcm, sample_rate, num_channels)

    def update(self, facts: Facts) -> bool:
        """Takes over what has changed; False if nothing has."""
        before = [self.call.facts[name] for name in TOLD]
        changed = self.call.update(facts)
        if before != [self.call.facts[name] for name in TOLD]:
            self.tell(lambda rights: {"type": "call-updated", "call": self.call.summary(rights)})
        return changed

    def end(self, outcome: dict[str, Any]) -> None:
        """Tells everybody that the call is over, after all that was still to be told."""
        self.call.view.rtvi.ended()
        self.call.end(outcome)
        self.tell(lambda rights: self.call.end_notice())

    def leave(self, feed: Feed) -> None:
        """See the base class; a microphone is not heard a moment longer than its viewer is connected."""
        self.call.view.rtvi.disconnected(feed)
        super().leave(feed)

    def _attach(self, feed: Feed) -> None:
        self.call.view.rtvi.join(feed)

    def _detach(self, feed: Feed) -> None:
        self.call.view.rtvi.leave(feed)

    def _picture(self, feed: Feed) -> list[dict[str, Any]]:
        snapshot = self.call.snapshot(feed, feed.rights)
        return [snapshot] if self.call.ended is None else [snapshot, self.call.end_notice()]

    def _generation(self, feed: Feed) -> int:
        return min(self.call.view.rtvi.version_of(feed)[0], CURRENT_MAJOR)

    def _ask(self, feed: Feed, after: int | None) -> None:
        self.call.view.rtvi.ask(feed, after)
