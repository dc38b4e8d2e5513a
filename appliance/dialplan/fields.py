"""The kinds of values that a dialplan's keys hold, each with its check."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from appliance.dialplan.numbers import as_number, as_pattern
from appliance.dialplan.phrases import expansions
from appliance.dialplan.template import read


class Part(BaseModel):
    """A mapping in a dialplan: nothing unknown, nothing changed later, each key with its description."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


def is_template(text: str) -> str:
    read(text)
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


def is_digits(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise ValueError(f"{text!r}, expected 1 to 20 digits")
    return text


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def are_different(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if twice := next((pattern for pattern in patterns if patterns.count(pattern) > 1), None):
        raise ValueError(f"{twice!r} is written twice, expected each number once")
    return patterns


Text = Annotated[str, Field(min_length=1), AfterValidator(is_template)]
Phrase = Annotated[str, Field(min_length=1), AfterValidator(_is_phrase)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(as_list)]
Name = Annotated[str, AfterValidator(_is_name)]
StepId = Annotated[str, Field(min_length=1)]
Number = Annotated[str, AfterValidator(as_number)]
Pattern = Annotated[str, AfterValidator(as_pattern)]
Keys = Annotated[str, AfterValidator(_is_keys)]
Row = str | dict[str, str]
ReportLevel = Literal["disabled", "none", "name", "full"]
