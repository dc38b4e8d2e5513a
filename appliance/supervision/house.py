"""The house as a subject: which calls there are, as they come and go."""

from collections.abc import Callable
from typing import Any

from appliance.rtvi.client_messages import ClientReadyData
from appliance.rtvi.handshake import about_server, greet
from appliance.rtvi.viewer import Outgoing, Sequence
from appliance.supervision.feed import Feed
from appliance.supervision.messages import message, server_message
from appliance.supervision.requests import BadRequest, Request, parse
from appliance.supervision.subject import Subject


class House(Subject):
    """Everybody who looks at the list of calls."""

    def __init__(self, calls: Callable[[], list[dict[str, Any]]]) -> None:
        super().__init__()
        self._calls = calls
        self._sequence = Sequence()

    @property
    def watched(self) -> bool:
        """Whether anybody looks, or has just left and may come back."""
        return bool(self._kinds)

    def tell(self, data: dict[str, Any], *, droppable: bool = False) -> None:
        """Sends a ``server-message`` to all who are ready."""
        if self.watched:
            outgoing = self._numbered(server_message(data, droppable=droppable))
            for feed in self.ready():
                feed.send(outgoing)

    def receive(self, feed: Feed, text: str) -> None:
        """Answers the handshake; anything else is refused."""
        try:
            request = parse(text)
        except BadRequest as refused:
            self._answer(feed, refused.kind, {"error": str(refused)} | refused.more, refused.request_id)
            return
        if request is None:
            return
        if request.type == "client-ready":
            self._welcome(feed, request)
        else:
            self._answer(feed, "error-response", {"error": f"This token may not send {request.type}"}, request.id)

    def _welcome(self, feed: Feed, request: Request) -> None:
        greeting = greet(ClientReadyData.model_validate(request.data))
        if greeting.problem is not None:
            self._answer(feed, "error-response", {"error": greeting.problem}, request.id)
        data = {"version": greeting.served, "about": about_server()}
        self._answer(feed, "bot-ready", data, request.id)

    def _answer(self, feed: Feed, kind: str, data: dict[str, Any], request_id: str | None) -> None:
        feed.send(self._numbered(message(kind, data, answers=request_id)))

    def _numbered(self, outgoing: Outgoing) -> Outgoing:
        outgoing.seq = self._sequence.next()
        return outgoing

    def _attach(self, feed: Feed) -> None:
        """Nothing: the house speaks to its viewers itself."""

    def _detach(self, feed: Feed) -> None:
        """Nothing, see ``_attach``."""

    def _snapshot(self, feed: Feed) -> Outgoing:
        return self._numbered(server_message({"type": "snapshot", "calls": self._calls()}))
