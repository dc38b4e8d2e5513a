"""The kind `sms`: a text message to the caller, or to somebody else."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.dialplan.fields import Number, Text
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.numbers import as_number
from appliance.dialplan.problems import Place

LONGEST_SMS = 1600
"""Characters: more of one message Twilio refuses (its error 21617)."""


def _may_be_a_number(text: str) -> str:
    """Whatever has gaps is known only when a caller is there."""
    return text if "{" in text else as_number(text)


class Sms(Kind):
    """A text message."""

    text: Text
    """What it says; arguments have their values there like variables."""

    to: Annotated[Text, AfterValidator(_may_be_a_number)] = "{{ caller }}"
    """Whom to; without it the caller."""

    from_: Number | None = Field(default=None, alias="from")
    """The number it comes from; without it `twilio.number` of the settings, or else the one that was called."""

    def filled(self) -> Iterator[tuple[Place, str, frozenset[str]]]:
        """See Kind."""
        yield ("to",), self.to, frozenset()
        yield ("text",), self.text, frozenset()
