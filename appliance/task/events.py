"""Handlers that other people's code registers by an event's name."""

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

log = logging.getLogger(__name__)

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

    async def fire(self, name: str, *args: Any) -> None:
        """Calls the event's handlers one after another."""
        for handler in self._handlers[name]:
            result = handler(*args)
            if inspect.isawaitable(result):
                await result
