"""The kind `supervised`: a question to supervisors."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from appliance.dialplan.fields import Name, Text, as_list
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.problems import Place
from appliance.dialplan.shapes import TEXT, Shape, with_fields

APPROVED, REFUSED = "approved", "refused"
"""What a supervisor's yes and no are called in texts and branches."""


class Supervised(Kind):
    """A supervisor's client executes the function, or a supervisor decides, while the caller waits."""

    timeout_secs: float = Field(default=30, ge=1, le=600)
    """How long a result is waited for, also while nobody is there who may give one: somebody may still join."""

    say: Text = "One moment please, I am asking a colleague."
    """What the caller hears when the waiting begins, and again after each silence and whenever the caller speaks."""

    fallback: Text = "I am sorry, I cannot reach anybody who could answer that."
    """What the caller hears when no result came in time; then follows the step's `not_found`."""

    fields: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """The result's texts by name; without it the result is one text, or an approval."""

    def spoken(self) -> Iterator[tuple[Place, str]]:
        """While it is waited, and when nobody answers."""
        yield ("say",), self.say
        yield ("fallback",), self.fallback

    def result_shape(self) -> Shape:
        """The fields that the client has to send."""
        return with_fields(self.fields) if self.fields else TEXT
