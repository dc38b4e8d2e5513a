"""The contract of dialogue engines: a turn in; text, function calls and directives out, streamed."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from appliance.dialplan import Transfer, Value, fill
from appliance.dialplan.recordings import recording_of
from appliance.dialplan.transfer import TransferPlan
from appliance.frames import Ear, Expectation, LLMContext, Voiced, WantedMessage

NO_SUMMARY = "A caller wants to speak with you."


class TurnKind(Enum):
    """Why the dialogue is asked to go on."""

    GREETING = "greeting"
    """The call has just been answered."""
    RESUMED = "resumed"
    """The line was lost and is back."""
    CONTINUE = "continue"
    """The bot is to go on by itself: a person has spoken in its place, or tells it to."""
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
    RESULT = "result"
    """The function that the dialogue waits for has its result."""
    NO_RESULT = "no result"
    """The function that the dialogue waits for has none, and will have none."""
    NOT_TAKEN = "not taken"
    """The caller was handed over and is back, because nobody took the call."""
    MESSAGE = "message"
    """The message that the dialogue had taken is over; ``text`` says what ended it, ``result`` what is known of it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the caller's, or what stands in for one. ``text`` is the transcript, the keys, the failed engine, or
    why nobody took the call; ``result`` what the function ``call_id`` gave that was waited for: None is "nothing
    found", or a FunctionFailed.
    """

    kind: TurnKind
    context: LLMContext
    text: str = ""
    result: Any = None
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """Text to be spoken; pieces join without separators. ``recording`` is the file of a prompt that says it,
    ``voiced`` its sound where the engine speaks itself.
    """

    text: str
    recording: str | None = None
    voiced: Voiced | None = None


def say(text: str, variables: Mapping[str, Value]) -> Say:
    """A text of the dialplan's, with its gaps filled."""
    recording, words = recording_of(fill(text, variables))
    return Say(words + " ", recording)


@dataclass(frozen=True, slots=True)
class Expect:
    """What the caller may answer from now on."""

    expectation: Expectation | None


@dataclass(frozen=True, slots=True)
class Listen:
    """Who hears the caller from now on: an engine that hears them itself, or, None, the transcriber."""

    ear: Ear | None


def transfer_of(plan: TransferPlan, variables: Mapping[str, Value], summary: str | None = None) -> Transfer:
    """A transfer as the dialplan wants it, what the person is told filled in; ``summary`` where it says nothing."""
    warm = plan.warm
    if warm is None:
        return Transfer(plan.to, plan.ring_secs)
    told = fill(warm.summary, variables) if warm.summary else summary
    return Transfer(plan.to, plan.ring_secs, told or NO_SUMMARY, warm.confirm)


def new_call_id() -> str:
    """A function call's name for as long as the call lives."""
    return f"call_{uuid.uuid4().hex[:16]}"


@dataclass(frozen=True, slots=True)
class Filler:
    """What the caller hears when a function lets them wait for ``after_secs`` of silence."""

    after_secs: float
    words: Say


@dataclass(frozen=True, slots=True)
class CallFunction:
    """A function to be called; its result is sent back into the generator: None is "nothing found", or FunctionFailed.

    One that ``cancels`` is given up when the caller interrupts the reply; any other goes on, and its result is a turn
    of its own. With ``wait_secs`` a supervisor's client executes it, perhaps after a person has thought it over: the
    reply ends here, and the result, or that none came in time, is a turn of its own. Only one such is waited for at a
    time.
    """

    name: str
    arguments: Mapping[str, Any]
    wait_secs: float | None = None
    filler: Filler | None = None
    cancels: bool = False
    id: str = field(default_factory=new_call_id, compare=False)


@dataclass(frozen=True, slots=True)
class CallFunctions:
    """Functions to be called at the same time, none of them by a supervisor's client; the list of their results, in
    the same order, is sent back into the generator.
    """

    calls: tuple[CallFunction, ...]


@dataclass(frozen=True, slots=True)
class FunctionFailed:
    """In place of a result: the function could not be executed, and why."""

    error: str


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """The caller's message is to be recorded once everything said has been heard; its end is a turn of its own."""

    wanted: WantedMessage


@dataclass(frozen=True, slots=True)
class SetRecording:
    """What follows is left out of the call's recording, or is in it again."""

    paused: bool


@dataclass(frozen=True, slots=True)
class Used:
    """What an answer has cost at its engine."""

    model: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Serves:
    """Which engine answers, by name, and its model; None where no engine does."""

    engine: str | None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Something failed that the engine has found words for; supervisors and the operator are told of it.

    ``gave_up`` names a language model in whose place another goes on: the operator knows already.
    """

    error: str
    gave_up: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The call is to end once everything said has been heard."""

    reason: str
    transfer_to: str | None = None
    apology: bool = False


@dataclass(frozen=True, slots=True)
class PassOn:
    """The caller is to be handed over once everything said has been heard. Nothing ends: when nobody takes the call,
    the dialogue is asked to go on.
    """

    transfer: Transfer
    reason: str = "transferred"


Output = (
    Say
    | Expect
    | Listen
    | CallFunction
    | CallFunctions
    | TakeMessage
    | SetRecording
    | Used
    | Serves
    | Failed
    | PassOn
    | End
)


class Dialogue(Protocol):
    """A conversation with one caller; it outlives a lost stream."""

    def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        """Answers a turn. Closing the generator cancels the reply; raises EngineError when it cannot answer."""

    def facts(self) -> Mapping[str, Any]:
        """What the record keeps of the conversation besides its words: where it went, what was collected."""
