"""Frames of the conversation: its context, the bot's replies, and what the caller may answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from appliance.frames.frame import ControlFrame, DataFrame, SystemFrame, UninterruptibleFrame
from appliance.frames.speech import TextFrame, Voiced

Message = dict[str, Any]
"""``{"role": "user" | "assistant" | "system" | "tool", "content": str | [{"type": "text", "text": str}], ...}``."""


def text_of(message: Message) -> str:
    """The text of a message; parts are joined by a space."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if isinstance(part.get("text"), str))


class LLMContext:
    """The conversation so far, as a list of messages."""

    __slots__ = ("messages",)

    def __init__(self, messages: list[Message] | None = None) -> None:
        self.messages: list[Message] = list(messages or [])

    def add_message(self, message: Message) -> None:
        """Appends a message."""
        self.messages.append(message)

    def add_messages(self, messages: list[Message]) -> None:
        """Appends several messages."""
        self.messages.extend(messages)

    def set_messages(self, messages: list[Message]) -> None:
        """Replaces the whole conversation."""
        self.messages[:] = messages

    def get_messages(self) -> list[Message]:
        """A copy of the list."""
        return list(self.messages)


@dataclass(slots=True)
class LLMContextFrame(ControlFrame):
    """The dialogue is to answer this context; its last message is usually the caller's.

    ``keys`` are the keys that were pressed, where the answer was given by pressing some. ``by`` names the supervisor
    who gave it in the caller's place.
    """

    context: LLMContext
    audio_response: bool = True
    keys: str | None = None
    by: str | None = None


@dataclass(slots=True)
class LLMRunFrame(ControlFrame):
    """Let the dialogue answer the context as it stands."""

    audio_response: bool = True


@dataclass(slots=True)
class LLMMessagesAppendFrame(ControlFrame, UninterruptibleFrame):
    """Append these messages to the context, and let the dialogue answer if asked to. ``by`` names the supervisor who
    wrote them.
    """

    messages: list[Message]
    run_llm: bool = False
    audio_response: bool = True
    by: str | None = None


@dataclass(slots=True)
class LLMMessagesUpdateFrame(ControlFrame, UninterruptibleFrame):
    """Replace the context's messages."""

    messages: list[Message]
    run_llm: bool = False


@dataclass(slots=True)
class LLMFullResponseStartFrame(ControlFrame):
    """The dialogue begins a reply. ``audio_response`` is fixed here for all of it."""

    audio_response: bool = True


@dataclass(slots=True)
class LLMFullResponseEndFrame(ControlFrame):
    """The dialogue has no more to say in this reply."""


@dataclass(slots=True)
class LLMTextFrame(TextFrame):
    """A piece of the dialogue's reply; pieces join without separators. One with a ``recording`` stands alone."""

    recording: str | None = field(default=None, kw_only=True)
    voiced: Voiced | None = field(default=None, kw_only=True, repr=False, compare=False)
    """Its audio, from an engine that speaks itself; such a piece stands alone, too."""


@dataclass(slots=True)
class AssistantMessageFrame(DataFrame):
    """What the bot said in a reply, as far as the caller heard it; it is in the context now."""

    text: str
    interrupted: bool = False


class Expectation(Protocol):
    """What the dialogue would understand now."""

    @property
    def grammar(self) -> str | None:
        """JSGF of all expected answers, for engines that take one."""

    @property
    def hints(self) -> Sequence[str]:
        """Expected answers, as far as they can be listed, for engines that take hints."""

    def is_complete(self, text: str) -> bool:
        """Whether a transcript already is a whole expected answer."""

    def keys_complete(self, keys: str) -> bool:
        """Whether these pressed keys are a whole answer, so that no further one is waited for."""


@runtime_checkable
class HearsBeginnings(Protocol):
    """An expectation that can tell whether a transcript is the first part of an answer."""

    def is_begun(self, text: str) -> bool:
        """Whether it is, so that the rest is waited for."""


@runtime_checkable
class ReadsKeys(Protocol):
    """An expectation that can tell whether keys are any of its answers, or the beginning of one."""

    def accepts_keys(self, keys: str) -> bool:
        """Whether they are."""


@dataclass(frozen=True, slots=True)
class KeysAhead:
    """An expectation while nothing is asked, because something is looked up: keys are kept for the next question."""

    grammar: str | None = None
    """That of the question before: an engine that listens for few words hears quicker."""
    hints: Sequence[str] = ()

    def is_complete(self, text: str) -> bool:
        """No transcript is an answer."""
        return False

    def keys_complete(self, keys: str) -> bool:
        """Further keys may come."""
        return False


@dataclass(slots=True)
class ExpectedAnswersFrame(ControlFrame, UninterruptibleFrame):
    """Upstream: what the caller may answer from now on; None when nothing is asked."""

    expectation: Expectation | None


class Ear(Protocol):
    """An engine that hears the caller itself."""

    @property
    def detects_turns(self) -> bool:
        """Whether it also decides when the caller's turns begin and end."""


@dataclass(slots=True)
class ListeningFrame(ControlFrame, UninterruptibleFrame):
    """Upstream: who hears the caller from now on; None is the transcriber."""

    ear: Ear | None


@dataclass(slots=True)
class CallerTurnFrame(SystemFrame):
    """Upstream: the engine that hears the caller says that a turn has begun, or has ended."""

    begins: bool


@dataclass(slots=True)
class SearchResult:
    """A hit of a search that the bot's answer rests on."""

    text: str
    confidence: list[float] = field(default_factory=list)


@dataclass(slots=True)
class SearchOrigin:
    """A site that search results came from."""

    site_uri: str | None = None
    site_title: str | None = None
    results: list[SearchResult] = field(default_factory=list)


@dataclass(slots=True)
class LLMSearchResponseFrame(DataFrame):
    """What a searching dialogue engine found."""

    search_result: str | None = None
    rendered_content: str | None = None
    origins: list[SearchOrigin] = field(default_factory=list)
