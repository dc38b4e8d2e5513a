"""Handlers that other people's code registers by an event's name."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from appliance.rtvi.attempt import attempt

HANDLER_SECS = 5.0
"""How long a handler may take."""

Handler = Callable[..., Awaitable[None] | None]
H = TypeVar("H", bound=Handler)


class EventHandlers:
    """A closed set of events, and what is to be called for each."""

    def __init__(self, *names: str) -> None:
        self._handlers: dict[str, list[Handler]] = {name: [] for name in names}

    def on(self, name: str) -> Callable[[H], H]:
        """A decorator that registers a plain or async function for an event."""
        if name not in self._handlers:
            raise ValueError(f"there is no event {name!r}, only {', '.join(sorted(self._handlers))}")

        def register(handler: H) -> H:
            self._handlers[name].append(handler)
            return handler

        return register

    def has(self, name: str) -> bool:
        """Whether anybody waits for the event."""
        return bool(self._handlers[name])

    async def fire(self, name: str, *args: Any) -> None:
        """Calls the event's handlers one after another; one that fails or takes too long is logged."""
        for handler in self._handlers[name]:
            await attempt(name, HANDLER_SECS, handler, *args)
