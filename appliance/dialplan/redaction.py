"""What a dialplan calls sensitive: masked for supervisors whose role may not see it, and in records."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from appliance.dialplan.fields import Name, Part, as_list
from appliance.redaction import KINDS
from appliance.redaction.patterns import compiled
from appliance.settings.explained import unknown


def _is_kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(unknown(text, KINDS, "kind"))
    return text


def _is_expression(text: str) -> str:
    compiled(text)
    return text


Kind = Annotated[str, AfterValidator(_is_kind)]
Expression = Annotated[str, AfterValidator(_is_expression)]
FieldName = Annotated[str, Field(min_length=1)]


class Redaction(Part):
    """What is sensitive in what is said, keyed in, looked up and found."""

    kinds: Annotated[tuple[Kind, ...], BeforeValidator(as_list)] = ()
    """What is found wherever it is written or said: card, iban, email, phone, digits (six or more in a row)."""

    patterns: dict[Name, Expression] = Field(default_factory=dict)
    """Regular expressions; what they find is masked by their names."""

    fields: Annotated[tuple[FieldName, ...], BeforeValidator(as_list)] = ()
    """Function arguments, fields of results and variables whose values are masked whole."""

    keep: bool = False
    """Whether records also keep what is masked in them, for roles that may see it."""

    @property
    def names_nothing(self) -> bool:
        """Whether nothing is sensitive."""
        return not (self.kinds or self.patterns or self.fields)
