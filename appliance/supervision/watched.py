"""A call as a subject: its RTVI processor speaks to the viewers, the house adds snapshot and end."""

from typing import Any

from appliance.rtvi.viewer import Outgoing
from appliance.supervision.calls import LiveCall
from appliance.supervision.feed import Feed
from appliance.supervision.messages import server_message
from appliance.supervision.subject import Subject


class WatchedCall(Subject):
    """One call and its viewers."""

    def __init__(self, call: LiveCall) -> None:
        super().__init__()
        self.call = call

    def receive(self, feed: Feed, text: str) -> None:
        """Hands a viewer's message to the call, which answers in its own time."""
        self.call.view.rtvi.receive(feed, text)

    def end(self, outcome: dict[str, Any]) -> None:
        """Tells everybody that the call is over."""
        self.call.end(outcome)
        ended = server_message({"type": "call-ended", "call_id": self.call.view.call_id, **outcome})
        ended.seq = self.call.view.rtvi.sequence.next()
        for feed in self.ready():
            feed.send(ended)

    def _attach(self, feed: Feed) -> None:
        self.call.view.rtvi.join(feed)

    def _detach(self, feed: Feed) -> None:
        self.call.view.rtvi.leave(feed)

    def _snapshot(self, feed: Feed) -> Outgoing:
        snapshot = server_message(self.call.snapshot(feed))
        snapshot.seq = self.call.view.rtvi.sequence.next()
        return snapshot
