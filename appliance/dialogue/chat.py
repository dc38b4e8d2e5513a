"""The contract of language models: a conversation and tools in; text and tool calls out, streamed."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from appliance.failover import GaveUp, Serving
from appliance.frames import Message

Tool = Mapping[str, Any]
"""A function as chat completions describe it: ``{"type": "function", "function": {name, description, parameters}}``."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a model. Without ``model`` and ``base_url`` those of the settings are meant."""

    messages: Sequence[Message]
    tools: Sequence[Tool] = ()
    may_call: bool = True
    """Whether it may call the tools now, or has to say something."""
    model: str | None = None
    base_url: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    language: str = "en"
    """That of the answer, by which an answer in another script is known."""


@dataclass(frozen=True, slots=True)
class ChatText:
    """A piece of the answer's text; pieces join without separators."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool that the model wants called. ``arguments`` are as it wrote them: JSON, if it did well."""

    name: str
    arguments: str
    id: str = ""
    """The server's name for the call, where the result goes back under it."""


@dataclass(frozen=True, slots=True)
class ChatEnd:
    """The end of an answer: why it ended (``stop``, ``length``, ``tool_calls``), and what it wants called."""

    reason: str
    calls: tuple[ToolRequest, ...] = ()
    model: str = ""
    prompt_tokens: int | None = None
    """None when the server does not tell."""
    completion_tokens: int | None = None


ChatPiece = ChatText | ChatEnd | Serving | GaveUp


class ChatModel(Protocol):
    """A language model at some server."""

    context_chars: int
    """The longest conversation that it is sent, in characters."""
    timeout_secs: float
    """How long an answer may take to begin, all tries together."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        """The answer, piece by piece, with a ChatEnd as the last; closing it gives the answer up.

        An answer has a text or wants something called. Raises EngineError for one that does not come, is empty, or
        breaks off. Several models behind one say which of them serves, and which have failed: after a GaveUp a sentence
        that was broken off is begun again.
        """
