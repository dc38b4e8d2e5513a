"""What a dialplan may say: every key, its type, its default and its meaning."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from appliance.dialplan.conditions import Conditions
from appliance.dialplan.detectors import DetectorName
from appliance.dialplan.engine_choice import EngineChoice
from appliance.dialplan.fields import (
    Name,
    Number,
    Part,
    Pattern,
    ReportLevel,
    StepId,
    Text,
    are_different,
    as_list,
)
from appliance.dialplan.functions import Function
from appliance.dialplan.hours import Hours
from appliance.dialplan.language import ENGLISH, Language, Sentences
from appliance.dialplan.recording import Recording
from appliance.dialplan.redaction import Redaction
from appliance.dialplan.rtvi import RTVI
from appliance.dialplan.steps import ExpectedAnswer, Step

BACKCHANNELS = (
    *("mm-hm", "mm-hmm", "mhm", "mm", "hmm", "uh-huh", "aha", "oh", "yeah", "yep", "okay", "ok", "right", "i see"),
    *("got it", "all right"),
)


class Turn(Part):
    """Who speaks when."""

    silence_secs: float = Field(default=0.45, ge=0.1, le=5)
    """Silence that ends the caller's turn."""

    expected_silence_secs: float = Field(default=0.2, ge=0.05, le=5)
    """Silence that ends it when what was heard already is a complete expected answer."""

    unfinished_silence_secs: float = Field(default=1.2, ge=0.1, le=10)
    """Silence that ends it when it was only half said ("my number is", "and", "um"), or the words are not known yet."""

    longest_utterance_secs: float = Field(default=15, ge=1, le=600)
    """A turn that is still going on after this long is taken as it is."""

    between_keys_secs: float = Field(default=3, ge=0.5, le=30)
    """How long a further key is waited for."""

    no_input_secs: float = Field(default=6, ge=1, le=120)
    """How long the caller may say nothing after a question."""

    interrupt_after_secs: float = Field(default=0.25, ge=0.05, le=5)
    """So much speech interrupts the bot."""

    interrupt_words: int = Field(default=0, ge=0, le=10)
    """So many words interrupt the bot; 0: the length alone decides."""

    backchannels: Annotated[tuple[str, ...], BeforeValidator(as_list)] = BACKCHANNELS
    """Words that say nothing but "I am listening": they do not interrupt the bot while any answer is good."""

    backchannel_secs: float = Field(default=0.7, ge=0.05, le=1.5)
    """So long the words of who speaks over the bot are waited for, if the engine tells them while they are said."""

    resume_after_secs: float = Field(default=0.4, ge=0, le=5)
    """So long after an interruption in which nothing was said the bot goes on where it was cut off; 0: it does not."""


class Vad(Part):
    """What counts as speech."""

    detector: DetectorName = "webrtc"
    """Who hears voices: webrtc, or silero, which tells them better from noise and needs the extra `silero`."""

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


class Dialplan(Part):
    """How calls to some numbers are answered."""

    BUILT_IN: ClassVar = ("caller", "called")
    """Variables that every call has: the two numbers."""

    name: str = Field(min_length=1)
    """What supervisors and records call it."""

    numbers: Annotated[tuple[Pattern, ...], BeforeValidator(as_list), AfterValidator(are_different)] = Field(
        min_length=1
    )
    """The numbers it answers: +15555550100, every number that begins so: +1555*, or all: "*"."""

    include: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Files that begin with _: what they say holds where this one says nothing."""

    when: Conditions | None = None
    """When it answers them; without it always."""

    priority: int = Field(default=0, ge=-1000, le=1000)
    """Of dialplans that could answer a call, the one with the highest does."""

    hours: dict[Name, Hours] = Field(default_factory=dict)
    """Opening hours by name, for `when`."""

    language: Language = ENGLISH
    """The language that is spoken: en, de, fr-CA. The embedded recogniser understands English alone."""

    voice: str | dict[str, str] | None = None
    """The voice of the first engine that speaks, by the name that the engine has for it, or one for each engine, by
    the engine's name; without one an engine's usual voice."""

    engines: EngineChoice = EngineChoice()
    """The engines that listen, speak and talk, where they are not those of the settings."""

    greeting: Text | None = None
    """What the caller hears first."""

    function_call_report_level: dict[str, ReportLevel] = Field(default={"*": "none"})
    """What supervisors see of function calls, by function; "*" is for all others."""

    recording: Annotated[Recording | None, BeforeValidator(lambda value: {} if value is None else value)] = Field(
        default=None, exclude_if=lambda value: value is None
    )
    """Calls are recorded, once the caller has heard that they are; may be empty. Without it none is."""

    rtvi: RTVI = RTVI()
    """What else supervisors are told, kind by kind."""

    roles: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Who may see its calls, of the settings' roles; without any all whose role covers the dialplan."""

    redaction: Redaction = Redaction()
    """What is sensitive: masked for supervisors who may not see it, and in records."""

    turn: Turn = Turn()
    """Who speaks when."""

    vad: Vad = Vad()
    """What counts as speech."""

    max_call_secs: float | None = Field(default=None, gt=0)
    """The longest call; without it the settings decide."""

    sentences: Sentences = Sentences()
    """What the house itself says."""

    fallback: Fallback = Fallback()
    """What happens when things fail."""

    functions: dict[Name, Function] = Field(default_factory=dict)
    """What steps can call."""

    optional: bool = False
    """Whether it is left out, and not refused, where the settings lack an engine or something else that it needs."""

    tags: tuple[str, ...] = ()
    """Words for the record."""

    metadata: dict[Name, Text] = Field(default_factory=dict)
    """Texts for the record, filled with what the call has collected by its end."""

    variables: dict[Name, str] = Field(default_factory=dict)
    """Texts that have a name."""

    anywhere: dict[str, ExpectedAnswer] = Field(default_factory=dict)
    """Answers that are good for every question."""

    start: StepId | None = None
    """The first step; without it the one that is written first."""

    steps: dict[str, Step] = Field(min_length=1)
    """The steps by name."""

    @property
    def first_step(self) -> str:
        """Where a call begins after the greeting."""
        return self.start or next(iter(self.steps))

    def report_level(self, function: str) -> ReportLevel:
        """What supervisors see of a function's calls."""
        levels = self.function_call_report_level
        return levels.get(function, levels.get("*", "none"))
