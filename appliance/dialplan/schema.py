"""What a dialplan may say: every key, its type, its default and its meaning. One place, so that it can grow."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from appliance.dialplan.numbers import as_number, as_pattern
from appliance.dialplan.phrases import expansions
from appliance.dialplan.template import gaps


class Part(BaseModel):
    """A mapping in a dialplan: nothing unknown, nothing changed later, each key with its description."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


def _is_template(text: str) -> str:
    gaps(text)
    return text


def _is_phrase(text: str) -> str:
    expansions(text)
    return text


def _is_name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"{text!r}, expected a name of letters, digits and underscores")
    return text


def _is_keys(text: str) -> str:
    if not text or not set(text) <= set("0123456789*#"):
        raise ValueError(f'{text!r}, expected telephone keys such as 1 or "#"')
    return text


def _is_digits(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise ValueError(f"{text!r}, expected 1 to 20 digits")
    return text


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _are_different(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if twice := next((pattern for pattern in patterns if patterns.count(pattern) > 1), None):
        raise ValueError(f"{twice!r} is written twice, expected each number once")
    return patterns


Text = Annotated[str, Field(min_length=1), AfterValidator(_is_template)]
Phrase = Annotated[str, Field(min_length=1), AfterValidator(_is_phrase)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(_as_list)]
Name = Annotated[str, AfterValidator(_is_name)]
StepId = Annotated[str, Field(min_length=1)]
Number = Annotated[str, AfterValidator(as_number)]
Pattern = Annotated[str, AfterValidator(as_pattern)]
Keys = Annotated[str, AfterValidator(_is_keys)]
Row = str | dict[str, str]
ReportLevel = Literal["disabled", "none", "name", "full"]


class Turn(Part):
    """Who speaks when."""

    silence_secs: float = Field(default=0.45, ge=0.1, le=5)
    """Silence that ends the caller's turn."""

    expected_silence_secs: float = Field(default=0.2, ge=0.05, le=5)
    """Silence that ends it when what was heard already is a complete expected answer."""

    longest_utterance_secs: float = Field(default=15, ge=1, le=600)
    """A turn that is still going on after this long is taken as it is."""

    no_input_secs: float = Field(default=6, ge=1, le=120)
    """How long the caller may say nothing after a question."""

    interrupt_after_secs: float = Field(default=0.25, ge=0.05, le=5)
    """So much speech interrupts the bot."""

    interrupt_words: int = Field(default=0, ge=0, le=10)
    """So many words interrupt the bot; 0: the length alone decides."""


class Vad(Part):
    """What counts as speech."""

    mode: int = Field(default=3, ge=0, le=3)
    """How strict the detector is: 0 takes almost everything for speech, 3 the least."""

    confidence: float = Field(default=0.7, ge=0.1, le=1)
    """The share of the start window that must be speech."""

    start_secs: float = Field(default=0.2, ge=0.05, le=0.3)
    """The start window."""

    stop_secs: float = Field(default=0.2, ge=0.05, le=5)
    """The stop window: speech is over when almost none of it is speech."""

    min_volume: float = Field(default=0.2, ge=0, le=1)
    """What is quieter is not speech."""


class Fallback(Part):
    """What happens when things fail."""

    say: Text = "I am sorry, we have a technical problem."
    """The apology."""

    transfer: Number | None = None
    """Who takes the call then; without one it ends after the apology."""


class Function(Part):
    """Something that a step can call. Now: a table to look things up in."""

    description: str = ""
    """What it does, in a sentence."""

    table: dict[str, Row] = Field(min_length=1)
    """What is found under each key: a text, or fields with texts."""


class ExpectedAnswer(Part):
    """One thing that a caller may answer."""

    say: Phrases = ()
    """Ways to say it; [words] in brackets may be left out, (one|other) are alternatives."""

    keys: Keys | None = None
    """The key or keys that mean the same."""

    next: StepId | None = None
    """The step that follows; without it the ask's own `next`."""

    set: dict[Name, Text] = {}
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

    from_: str | tuple[Annotated[str, AfterValidator(_is_digits)], ...] | None = Field(default=None, alias="from")
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


class AskStep(Part):
    """Asks something and goes where the answer leads."""

    ask: Text
    """The question."""

    expect: dict[str, ExpectedAnswer] = {}
    """Answers by name."""

    digits: Digits | None = None
    """A number is an answer, too."""

    yes_no: YesNo | None = None
    """Yes and no are answers, too (keys 1 and 2)."""

    save_as: Name | None = None
    """The variable that takes the answer's name or digits."""

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
        return self


class BranchStep(Part):
    """Goes on by what a text is."""

    branch: Text
    """The text, such as "{rating}"."""

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


class TransferTo(Part):
    """Where to, and what is said before."""

    to: Number
    """The number that takes the call."""

    say: Text | None = None
    """What the caller hears first."""


class TransferStep(Part):
    """Hands the caller over."""

    transfer: Annotated[
        TransferTo, BeforeValidator(lambda value: {"to": value} if isinstance(value, str | None) else value)
    ]
    """The number, or `to` with `say`."""


class HangUpStep(Part):
    """Ends the call."""

    hang_up: Annotated[
        Annotated[str, AfterValidator(_is_template)], BeforeValidator(lambda value: "" if value is None else value)
    ]
    """What the caller hears first; may be empty."""


KINDS = ("ask", "say", "branch", "call", "transfer", "hang_up", "set")


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
    | Annotated[TransferStep, Tag("transfer")]
    | Annotated[HangUpStep, Tag("hang_up")],
    Discriminator(_kind),
]


class Dialplan(Part):
    """How calls to some numbers are answered."""

    BUILT_IN: ClassVar = ("caller", "called")
    """Variables that every call has: the two numbers."""

    name: str = Field(min_length=1)
    """What supervisors and records call it."""

    numbers: Annotated[tuple[Pattern, ...], BeforeValidator(_as_list), AfterValidator(_are_different)] = Field(
        min_length=1
    )
    """The numbers it answers: +15555550100, every number that begins so: +1555*, or all: "*"."""

    language: Literal["en"] = "en"
    """The language that is listened for."""

    voice: str = "en-us"
    """The voice that speaks."""

    greeting: Text | None = None
    """What the caller hears first."""

    function_call_report_level: dict[str, ReportLevel] = {"*": "none"}
    """What supervisors see of function calls, by function; "*" is for all others."""

    turn: Turn = Turn()
    """Who speaks when."""

    vad: Vad = Vad()
    """What counts as speech."""

    max_call_secs: float | None = Field(default=None, gt=0)
    """The longest call; without it the settings decide."""

    fallback: Fallback = Fallback()
    """What happens when things fail."""

    functions: dict[Name, Function] = {}
    """What steps can call."""

    tags: tuple[str, ...] = ()
    """Words for the record."""

    variables: dict[Name, str] = {}
    """Texts that have a name."""

    anywhere: dict[str, ExpectedAnswer] = {}
    """Answers that are good for every question."""

    start: StepId | None = None
    """The first step; without it the one that is written first."""

    steps: dict[str, Step] = Field(min_length=1)
    """The steps by name."""

    @property
    def first_step(self) -> str:
        """Where a call begins after the greeting."""
        return self.start or next(iter(self.steps))
