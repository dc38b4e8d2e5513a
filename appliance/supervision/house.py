"""The house as a subject: which calls there are, as they come and go, and events of those that are subscribed to."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from appliance.errors import ProtocolError
from appliance.rtvi.client_messages import ClientReadyMessage
from appliance.rtvi.envelope import Message
from appliance.rtvi.handshake import CURRENT_MAJOR, about_server, greet
from appliance.rtvi.permissions import not_permitted
from appliance.rtvi.reading import read_data, read_message
from appliance.rtvi.viewer import Outgoing, Sequence
from appliance.supervision.calls import LiveCall
from appliance.supervision.feed import Feed
from appliance.supervision.messages import message, server_message
from appliance.supervision.requests import Calls, Subscribe, Unsubscribe, read_request
from appliance.supervision.roles import Role
from appliance.supervision.subject import Full, Subject
from appliance.supervision.subscription import Subscription
from appliance.supervision.watched import WatchedCall


class House(Subject):
    """Everybody who looks at the list of calls."""

    def __init__(self, calls: Mapping[str, WatchedCall]) -> None:
        super().__init__(Sequence())
        self._calls = calls
        self._greeted: dict[str, Message] = {}
        """Each viewer's newest ``client-ready``."""
        self._subscriptions: dict[str, dict[str, Subscription]] = {}
        """By viewer and call."""
        self._wrapped: tuple[Outgoing, Outgoing] | None = None
        """The newest event of a call, and what the house made of it, for all who get the same."""

    def is_open_to(self, rights: Role) -> bool:
        """Everybody may see which calls there are that his role covers."""
        return True

    def tell_of(self, call: LiveCall, make: Callable[[Role], dict[str, Any]], *, droppable: bool = False) -> None:
        """Tells those whose role covers the call; ``make`` makes what each role is told."""
        self.tell(lambda rights: make(rights) if call.is_open_to(rights) else None, droppable=droppable)

    def summaries(self, rights: Role) -> list[dict[str, Any]]:
        """The live calls that the role covers, oldest first."""
        calls = [watched.call for watched in self._calls.values()]
        return [call.summary(rights) for call in calls if call.ended is None and call.is_open_to(rights)]

    def leave(self, feed: Feed) -> None:
        """See the base class; whoever leaves the house leaves all calls that it had subscribed to."""
        for subscription in list(self._subscriptions.pop(feed.id, {}).values()):
            subscription.end()
        self._greeted.pop(feed.id, None)
        super().leave(feed)

    def receive(self, feed: Feed, text: str) -> None:
        """Answers the handshake and requests; anything else is refused."""
        try:
            received = read_message(text)
        except ProtocolError as error:
            self.refuse(feed, str(error))
            return
        if received is not None:
            try:
                self._handle(feed, received)
            except (ProtocolError, Full) as refused:
                self.refuse(feed, str(refused), received.id)

    def _handle(self, feed: Feed, received: Message) -> None:
        if received.type == "client-ready":
            self._welcome(feed, received)
        elif received.type != "client-message":
            raise ProtocolError(f"Unsupported type {received.type[:80]}: it belongs to a call's own address.")
        elif not feed.may(received.type):
            raise ProtocolError(not_permitted(feed, received.type))
        elif not feed.ready:
            raise ProtocolError("A client-message message before client-ready cannot be handled.")
        else:
            self._answer(feed, received)

    def _welcome(self, feed: Feed, received: Message) -> None:
        known = read_data(ClientReadyMessage, received)
        assert isinstance(known, ClientReadyMessage)
        greeting = greet(known.data)
        self._greeted[feed.id] = received
        if greeting.problem is not None:
            self.refuse(feed, greeting.problem, received.id)
        self._send(feed, "bot-ready", {"version": greeting.served, "about": about_server()}, received.id)

    def _answer(self, feed: Feed, received: Message) -> None:
        request = read_request(received)
        match request:
            case Calls():
                self._respond(feed, received, {"calls": self.summaries(feed.rights)})
            case Subscribe():
                self._subscribe(feed, received, request.d.call_id, request.d.after)
            case Unsubscribe():
                subscription = self._subscriptions.get(feed.id, {}).get(request.d.call_id)
                if subscription is None:
                    raise ProtocolError(f"There is no subscription to the call {request.d.call_id!r}.")
                subscription.end()
                self._respond(feed, received, {"call_id": request.d.call_id})

    def _subscribe(self, feed: Feed, received: Message, call_id: str, after: int | None) -> None:
        mine = self._subscriptions.setdefault(feed.id, {})
        watched = self._calls.get(call_id)
        if watched is None or watched.call.ended is not None:
            raise ProtocolError(f"There is no live call {call_id!r}.")
        if not watched.is_open_to(feed.rights):
            raise ProtocolError(f"The role {feed.role!r} does not cover the dialplan of the call {call_id!r}.")
        if call_id in mine:
            raise ProtocolError(f"The call {call_id!r} is subscribed to already.")
        subscription = Subscription(feed, watched, self._wrap, lambda: mine.pop(call_id, None))
        watched.join(subscription, after)
        mine[call_id] = subscription
        self._respond(feed, received, {"call_id": call_id})
        subscription.begin(self._greeted[feed.id])

    def _wrap(self, call_id: str, event: Outgoing) -> Outgoing:
        if self._wrapped is None or self._wrapped[0] is not event:
            data = {"type": "call-event", "call_id": call_id, "event": orjson.Fragment(event.encode())}
            wrapped = server_message(data, self._sequence.next(), droppable=event.droppable)
            wrapped.type = event.type  # What a slow viewer lost is counted by what it was.
            self._wrapped = (event, wrapped)
        return self._wrapped[1]

    def _respond(self, feed: Feed, received: Message, data: dict[str, Any]) -> None:
        kind = received.data["t"]
        self._send(feed, "server-response", {"t": kind, "d": data}, received.id)

    def _send(self, feed: Feed, kind: str, data: dict[str, Any], request_id: str) -> None:
        feed.send(message(kind, data, self._sequence.next(), answers=request_id))

    def _attach(self, feed: Feed) -> None:
        """Nothing: the house speaks to its viewers itself."""

    def _detach(self, feed: Feed) -> None:
        """Nothing, see ``_attach``."""

    def _generation(self, feed: Feed) -> int:
        return CURRENT_MAJOR  # All get the same.

    def _picture(self, feed: Feed) -> list[dict[str, Any]]:
        return [{"type": "snapshot", "calls": self.summaries(feed.rights)}]
