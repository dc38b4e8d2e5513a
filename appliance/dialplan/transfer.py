"""Handing a caller over: to whom, how long it rings, what the person hears first, and what if nobody takes the call."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from appliance.dialplan.destinations import as_destination, is_queue
from appliance.dialplan.fields import Part, StepId, Text

RING_SECS = 25
"""How long it rings where a dialplan does not say."""
LONGEST_RING_SECS = 600
"""Twilio lets no number ring longer."""
LONGEST_QUEUE_SECS = 3600

Destination = Annotated[str, AfterValidator(as_destination)]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A caller to be handed over, with every text filled in."""

    to: str
    """E.164 text, a SIP address, or ``queue:`` and its name."""

    ring_secs: int | None = None
    """How long it rings, or the caller waits in the queue; None: as usual, in a queue without end."""

    summary: str | None = None
    """What the person is told before they have the caller; None: the call is passed on cold."""

    confirm: bool = True
    """Whether the person must press 1 to take the call (of one with a summary)."""

    @property
    def is_warm(self) -> bool:
        """Whether the person hears of the caller first."""
        return self.summary is not None

    @property
    def rings_secs(self) -> int:
        """How long a telephone rings for it."""
        return self.ring_secs or RING_SECS


class Warm(Part):
    """The person hears what it is about before they have the caller, who waits with music meanwhile."""

    summary: Text | None = None
    """What the person hears; without it (only where a language model transfers) the model's own words."""

    confirm: bool = True
    """Whether the person must press 1 to take the call; without that an answering machine gets it, too."""


class TransferPlan(Part):
    """Who takes the call, and how they are asked."""

    to: Destination
    """A number, a SIP address such as sip:support@example.com, or a queue such as queue:support."""

    ring_secs: int | None = Field(default=None, ge=5, le=LONGEST_QUEUE_SECS)
    """How long it rings (25), or the caller waits in the queue (without end)."""

    warm: Warm | None = None
    """The person is told first what it is about."""

    @model_validator(mode="after")
    def _fits(self) -> "TransferPlan":
        if is_queue(self.to):
            if self.warm is not None:
                raise ValueError("nobody in a queue can be told first, expected a number or a SIP address for `warm`")
        elif (self.ring_secs or 0) > LONGEST_RING_SECS:
            raise ValueError(f"ring_secs {self.ring_secs}, expected at most {LONGEST_RING_SECS} for a telephone")
        return self


class TransferTo(TransferPlan):
    """Where to, what is said before, and what if nobody takes the call."""

    say: Text | None = None
    """What the caller hears first."""

    no_answer: StepId | None = None
    """The step that follows when nobody takes the call; without it the caller is told, and asked again."""

    @model_validator(mode="after")
    def _says_what_is_told(self) -> "TransferTo":
        if self.warm is not None and self.warm.summary is None:
            raise ValueError("tells nothing, expected `summary` in `warm`")
        return self


class TransferStep(Part):
    """Hands the caller over."""

    transfer: Annotated[
        TransferTo,
        BeforeValidator(
            lambda value: {"to": value} if isinstance(value, str | None) else value,
            json_schema_input_type=str | TransferTo,
        ),
    ]
    """The number, SIP address or queue, or `to` with more."""


Recipient = Annotated[
    TransferPlan,
    BeforeValidator(
        lambda value: {"to": value} if isinstance(value, str) else value, json_schema_input_type=str | TransferPlan
    ),
]
"""Who takes a call that a language model passes on."""
