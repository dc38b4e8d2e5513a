"""What a step of a dialplan may say."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from appliance.dialplan.fields import Keys, Name, Part, Phrases, StepId, Text, is_digits, is_template
from appliance.dialplan.llm import LLMStep
from appliance.dialplan.message import MessageStep
from appliance.dialplan.recording import RecordingStep
from appliance.dialplan.transfer import TransferStep


class ExpectedAnswer(Part):
    """One thing that a caller may answer."""

    say: Phrases = ()
    """Ways to say it; [words] in brackets may be left out, (one|other) are alternatives."""

    keys: Keys | None = None
    """The key or keys that mean the same."""

    next: StepId | None = None
    """The step that follows; without it the ask's own `next`."""

    set: dict[Name, Text] = Field(default_factory=dict)
    """Variables to set."""

    @model_validator(mode="after")
    def _can_be_given(self) -> "ExpectedAnswer":
        if not self.say and not self.keys:
            raise ValueError("cannot be given, expected `say`, `keys` or both")
        return self


class Digits(Part):
    """A row of digits, spoken or keyed in."""

    length: int | None = Field(default=None, ge=1, le=20)
    """How many there are."""

    min: int | None = Field(default=None, ge=1, le=20)
    """The fewest there may be."""

    max: int | None = Field(default=None, ge=1, le=20)
    """The most there may be."""

    from_: str | tuple[Annotated[str, AfterValidator(is_digits)], ...] | None = Field(default=None, alias="from")
    """The only ones there are: a list, or the name of a function whose table has them as keys."""

    end_key: Literal["#", "*"] = "#"
    """The key that says: that was all of it."""

    @model_validator(mode="after")
    def _says_how_many(self) -> "Digits":
        given = [self.length is not None, self.min is not None or self.max is not None, self.from_ is not None]
        if given.count(True) != 1 or (self.min is None) != (self.max is None):
            raise ValueError("is unclear, expected exactly one of `length`, `min` with `max`, and `from`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}, expected it to be at most as much")
        return self


class YesNo(Part):
    """The steps that follow "yes" (or key 1) and "no" (or key 2)."""

    yes: StepId
    """The step that follows "yes"."""

    no: StepId
    """The step that follows "no"."""


class SayStep(Part):
    """Says something and goes on."""

    say: Text
    """What the caller hears."""

    next: StepId
    """The step that follows."""


class Confirm(Part):
    """Says an answer back before it counts."""

    ask: Text
    """The question, such as "Order {{ order | digits }}. Is that right?"; yes is key 1, no is key 2."""

    no_match: Text = "Please say yes or no, or press 1 for yes and 2 for no."
    """Said when the answer is neither."""


class AskStep(Part):
    """Asks something and goes where the answer leads."""

    ask: Text
    """The question."""

    expect: dict[str, ExpectedAnswer] = Field(default_factory=dict)
    """Answers by name."""

    digits: Digits | None = None
    """A number is an answer, too."""

    yes_no: YesNo | None = None
    """Yes and no are answers, too (keys 1 and 2)."""

    save_as: Name | None = None
    """The variable that takes the answer's name or digits."""

    confirm: Annotated[
        Confirm | None,
        BeforeValidator(
            lambda value: {"ask": value} if isinstance(value, str) else value, json_schema_input_type=str | Confirm
        ),
    ] = None
    """Asked before an answer counts; after a no the question comes again. The question, or `ask` with `no_match`."""

    no_input: Text | None = None
    """Said when nothing comes; without it the question again."""

    no_match: Text | None = None
    """Said when the answer is none of those; without it the question again."""

    tries: int = Field(default=3, ge=1, le=10)
    """How often the question is asked in all."""

    otherwise: StepId
    """The step that follows when the tries are used up."""

    next: StepId | None = None
    """The step that follows an answer that names none."""

    @model_validator(mode="after")
    def _expects_something(self) -> "AskStep":
        if not self.expect and not self.digits and not self.yes_no:
            raise ValueError("expects no answer, expected `expect`, `digits` or `yes_no`")
        if self.confirm and not self.save_as:
            raise ValueError("has nothing to say back, expected `save_as` besides `confirm`")
        return self


class BranchStep(Part):
    """Goes on by what a text is."""

    branch: Text
    """The text, such as "{{ rating }}"."""

    when: dict[str, StepId] = Field(min_length=1)
    """The step for each text."""

    otherwise: StepId
    """The step for every other text."""


class SetStep(Part):
    """Sets variables."""

    set: dict[Name, Text] = Field(min_length=1)
    """Names and texts."""

    next: StepId
    """The step that follows."""


class CallStep(Part):
    """Calls a function and goes on by whether it found something."""

    call: str
    """The function's name."""

    arguments: dict[Name, Text] = Field(default={}, alias="with")
    """What the function is given."""

    save_as: Name | None = None
    """The variable that takes the result."""

    found: StepId
    """The step that follows when there is a result."""

    not_found: StepId
    """The step that follows when there is none."""

    failed: StepId | None = None
    """The step that follows when the function could not be carried out; without it the dialplan's `fallback` (of a
    `supervised` one the step of `not_found`)."""


class HangUpStep(Part):
    """Ends the call."""

    hang_up: Annotated[
        Annotated[str, AfterValidator(is_template)],
        BeforeValidator(lambda value: "" if value is None else value, json_schema_input_type=str | None),
    ]
    """What the caller hears first; may be empty."""


KINDS = ("ask", "say", "branch", "call", "llm", "message", "recording", "transfer", "hang_up", "set")


def kinds_of(step: Any) -> list[str]:
    """The keys of a step that say what it does: exactly one in a step that can be used."""
    return [kind for kind in KINDS if kind in step] if isinstance(step, dict) else []


def _kind(step: Any) -> str | None:
    kinds = kinds_of(step) if isinstance(step, dict) else [kind for kind in KINDS if hasattr(step, kind)]
    return kinds[0] if kinds else None


Step = Annotated[
    Annotated[SayStep, Tag("say")]
    | Annotated[AskStep, Tag("ask")]
    | Annotated[BranchStep, Tag("branch")]
    | Annotated[SetStep, Tag("set")]
    | Annotated[CallStep, Tag("call")]
    | Annotated[LLMStep, Tag("llm")]
    | Annotated[MessageStep, Tag("message")]
    | Annotated[RecordingStep, Tag("recording")]
    | Annotated[TransferStep, Tag("transfer")]
    | Annotated[HangUpStep, Tag("hang_up")],
    Discriminator(_kind),
]
