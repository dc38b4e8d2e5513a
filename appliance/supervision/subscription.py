"""A call that a viewer of the house follows, too."""

from collections.abc import Callable

from appliance.rtvi.envelope import Message
from appliance.rtvi.viewer import Outgoing
from appliance.supervision.feed import Feed
from appliance.supervision.watched import WatchedCall

Wrap = Callable[[str, Outgoing], Outgoing]


class Subscription(Feed):
    """To the call a viewer like any other, with the rights of the house's viewer; what it gets goes on to that one.

    It only watches: what a viewer wants to say to a call, it says at the call's own address.
    """

    only_watches = True

    def __init__(self, feed: Feed, watched: WatchedCall, wrap: Wrap, on_end: Callable[[], object]) -> None:
        super().__init__(feed.name, feed.rights, max_messages=feed.max_messages)
        self._feed = feed
        self._watched = watched
        self._wrap = wrap
        self._on_end = on_end
        self._is_over = False

    def may(self, message_type: str, what: str | None = None) -> bool:
        """It says nothing but ``client-ready``."""
        return message_type == "client-ready"

    def begin(self, ready: Message) -> None:
        """Shakes hands as the house's viewer did, in its generation of the protocol."""
        self._watched.receive(self, ready.model_dump_json())

    def queue(self, outgoing: Outgoing) -> None:
        """Passes an event on; answers to the handshake are between this and the call."""
        if self._is_over or outgoing.private:
            return
        self._feed.queue(self._wrap(self._watched.call.view.call_id, outgoing))
        if self._watched.call.ended is not None:
            self.end()

    def close(self, code: int, reason: str) -> None:
        """The call is gone."""
        self.end()

    def end(self) -> None:
        """Leaves the call; for those who come back, the call may go on remembering what is shown here."""
        if not self._is_over:
            self._is_over = True
            self._on_end()
            self._watched.leave(self)
