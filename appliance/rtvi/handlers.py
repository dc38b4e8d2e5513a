"""Handlers that applications register for RTVI's events."""

from collections.abc import Callable
from typing import Any, TypeVar

Handler = Callable[..., Any]
H = TypeVar("H", bound=Handler)

EVENTS = ("on_bot_started", "on_client_ready", "on_client_message", "on_ui_message")


class Handlers:
    """What is to be called for each event, in order of registration."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {name: [] for name in EVENTS}

    def of(self, name: str) -> list[Handler]:
        """The handlers of an event."""
        return self._handlers[name]

    def add(self, name: str, handler: Handler) -> None:
        """Registers a plain or async function."""
        if name not in self._handlers:
            raise ValueError(f"there is no RTVI event {name!r}, only {', '.join(EVENTS)}")
        self._handlers[name].append(handler)

    def on(self, name: str) -> Callable[[H], H]:
        """A decorator that registers a plain or async function."""

        def register(handler: H) -> H:
            self.add(name, handler)
            return handler

        return register
