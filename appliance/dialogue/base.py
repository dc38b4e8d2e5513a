"""The contract of dialogue engines: a turn in; text, function calls and directives out, streamed."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from appliance.frames import Expectation, LLMContext


class TurnKind(Enum):
    """Why the dialogue is asked to go on."""

    GREETING = "greeting"
    """The call has just been answered."""
    RESUMED = "resumed"
    """The line was lost and is back."""
    SPEECH = "speech"
    """The caller said something (or somebody typed it in the caller's place)."""
    KEYS = "keys"
    """The caller pressed keys."""
    NO_MATCH = "no match"
    """The caller said something that could not be understood."""
    NO_INPUT = "no input"
    """The caller said nothing."""
    ENGINE_FAILED = "engine failed"
    """What the caller said, or what was to be said, got lost in an engine."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the caller's, or what stands in for one. ``text`` is the transcript, the keys, or the failed engine."""

    kind: TurnKind
    context: LLMContext
    text: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Text to be spoken; pieces join without separators. ``recording`` is the file of a prompt that says it."""

    text: str
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What the caller may answer from now on."""

    expectation: Expectation | None


@dataclass(frozen=True, slots=True)
class CallFunction:
    """A function to be called; its result is sent back into the generator. None is "nothing found"."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """The call is to end once everything said has been heard."""

    reason: str
    transfer_to: str | None = None
    apology: bool = False


Output = Say | Expect | CallFunction | End


class Dialogue(Protocol):
    """A conversation with one caller; it outlives a lost stream."""

    def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        """Answers a turn. Closing the generator cancels the reply; raises EngineError when it cannot answer."""

    def facts(self) -> Mapping[str, Any]:
        """What the record keeps of the conversation besides its words: where it went, what was collected."""
