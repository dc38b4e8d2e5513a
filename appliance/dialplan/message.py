"""The step that takes a message: what the caller hears, how long it may be, and who is told of it."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Name, Part, StepId, Text, as_list

_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


def _is_address(text: str) -> str:
    parts = urlsplit(text)
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    if not (is_web or _MAIL.fullmatch(text)):
        raise ValueError(f"{text!r}, expected office@example.com or https://example.com/messages")
    return text


Address = Annotated[str, AfterValidator(_is_address)]


class Message(Part):
    """How a message is taken."""

    say: Text | None = None
    """What the caller hears first."""

    beep: bool = True
    """Whether a beep follows; who speaks before it is recorded at once."""

    max_secs: float = Field(default=120, ge=5, le=900)
    """The longest message."""

    silence_secs: float = Field(default=4, ge=1, le=30)
    """Silence that ends it."""

    min_secs: float = Field(default=0.5, ge=0, le=30)
    """Less speech than this is no message."""

    end_key: Annotated[str, Field(pattern=r"^[0-9*#]$")] | None = "#"
    """The key that ends it; may be empty."""

    transcript: bool = False
    """Whether an engine is to write down what was said."""

    notify: Annotated[tuple[Address, ...], BeforeValidator(as_list)] = ()
    """Who is told of it: addresses of mail (which has the message with it) and of web servers."""

    failed: Text = "I am sorry, I cannot record a message now."
    """Said when it cannot be recorded."""

    @model_validator(mode="after")
    def _can_be_long_enough(self) -> "Message":
        if self.min_secs >= self.max_secs:
            raise ValueError(f"min_secs {self.min_secs:g} is not less than max_secs {self.max_secs:g}")
        return self


class MessageStep(Part):
    """Takes a message: says something, beeps, records what the caller says, keeps it and tells others of it."""

    message: Annotated[
        Message,
        BeforeValidator(
            lambda value: {"say": value} if isinstance(value, str) else value, json_schema_input_type=str | Message
        ),
    ]
    """What the caller hears first, or `say` with `notify` and others."""

    save_as: Name | None = None
    """The variable that takes what is known of it: `secs`, `number` and `ended_by`."""

    next: StepId
    """The step that follows a message."""

    nothing: StepId
    """The step that follows when the caller said nothing."""

    otherwise: StepId | None = None
    """The step that follows when it cannot be recorded; without one the call ends, or `fallback.transfer` takes it."""


FIELDS = ("secs", "number", "ended_by")
"""What `save_as` holds."""
