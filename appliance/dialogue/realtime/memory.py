"""What of a call's context the server has been told, and what of it is news.

The context is the call's memory; the server's conversation follows it. What was said to the server as sound, and what
it has spoken itself, it knows; what was keyed in, typed, whispered, found by functions or said by others it is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from appliance.dialogue.realtime import wire
from appliance.dialogue.window import NO_RESULT, conversation
from appliance.frames import LLMContext, Message, text_of

MOST_SPOKEN = 200
"""Pieces of its own that are known again."""
_BEGINNING = 12
"""Characters by which they are."""


class Memory:
    """One connection's knowledge of one context."""

    def __init__(self) -> None:
        self.is_outdated = False
        """Whether what the server was told is in the context no more: only a new connection can forget."""
        self._known: dict[int, Message] = {}
        self._calls: set[str] = set()
        self._spoken: deque[str] = deque(maxlen=MOST_SPOKEN)

    def hear(self, message: Message) -> None:
        """The server has heard this itself."""
        self._known[id(message)] = message

    def speak(self, text: str) -> None:
        """The server has been told of this, or has said it itself."""
        self._spoken.append(text.strip())

    def call(self, call_id: str) -> None:
        """The server wants this function called, and waits for its result."""
        self._calls.add(call_id)

    def all(self, prompt: str, context: LLMContext, most_chars: int) -> tuple[str, list[wire.Event]]:
        """Instructions and items for a new connection: what fits of the conversation, its latest part."""
        self._known = {id(message): message for message in context.messages}
        self._calls.clear()
        self.is_outdated = False
        system, *messages = conversation(prompt, context.messages, most_chars=most_chars)
        items = [item for message in messages for item in _items(message)]
        return text_of(system), items

    def news(self, context: LLMContext) -> list[wire.Event]:
        """Items for what has come into the context since it was asked last."""
        now = {id(message) for message in context.messages}
        self.is_outdated = not self._known.keys() <= now
        fresh = [message for message in context.messages if id(message) not in self._known]
        self._known |= {id(message): message for message in fresh}
        items = [item for message in fresh if self._is_news(message) for item in _items(message)]
        self._calls -= {item.get("call_id", "") for item in items}
        lost, self._calls = self._calls, set()
        return [*(wire.result_item(call, NO_RESULT) for call in sorted(lost)), *items]

    def _is_news(self, message: Message) -> bool:
        match message.get("role"):
            case "tool":
                return message.get("tool_call_id") in self._calls
            case "assistant":
                return not (message.get("tool_calls") or self._has_said(text_of(message)))
        return bool(text_of(message))

    def _has_said(self, text: str) -> bool:
        begins = text[:_BEGINNING]
        return any(begins in spoken or spoken[:_BEGINNING] in text for spoken in self._spoken if spoken)


def _items(message: Message) -> Iterable[wire.Event]:
    role, text = message.get("role", "user"), text_of(message)
    if role == "tool":
        yield wire.result_item(message["tool_call_id"], text)
        return
    if text:
        yield wire.text_item("system" if role == "developer" else role, text)
    calls: Sequence[Any] = message.get("tool_calls") or ()
    for call in calls:
        yield wire.call_item(call["id"], call["function"]["name"], call["function"]["arguments"])
