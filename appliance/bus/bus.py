"""Publish and subscribe inside one process. Publishing never waits and never fails."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from appliance.bus.events import CallEvent

log = logging.getLogger(__name__)

E = TypeVar("E", bound=CallEvent)


class Bus:
    """Hands each event to every subscriber of its class, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: dict[object, tuple[type[CallEvent], Callable[[Any], None]]] = {}

    def subscribe(self, event: type[E], subscriber: Callable[[E], None]) -> Callable[[], None]:
        """Calls ``subscriber`` with every event of class ``event`` or derived from it; returns what ends that.

        ``subscribe(CallEvent, ...)`` takes all of them.
        """
        ticket = object()
        self._subscribers[ticket] = (event, subscriber)

        def unsubscribe() -> None:
            self._subscribers.pop(ticket, None)

        return unsubscribe

    def publish(self, event: CallEvent) -> None:
        """Tells everyone at once. What a subscriber raises is logged and stays with it."""
        for wanted, subscriber in tuple(self._subscribers.values()):
            if isinstance(event, wanted):
                try:
                    subscriber(event)
                except Exception:
                    # A call publishes this: what watches it must not be able to hurt it.
                    log.exception("A subscriber of %s failed", event.name)
