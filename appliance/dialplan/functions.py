"""What a dialplan may say of a function: a table to look things up in, or a question to supervisors."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Name, Part, Row, Text, as_list

APPROVED, REFUSED = "approved", "refused"
"""What a supervisor's yes and no are called in texts and branches."""


class Supervised(Part):
    """A supervisor's client executes the function, or a supervisor decides, while the caller waits."""

    timeout_secs: float = Field(default=30, ge=1, le=600)
    """How long a result is waited for, also while nobody is there who may give one: somebody may still join."""

    say: Text = "One moment please, I am asking a colleague."
    """What the caller hears when the waiting begins, and again after each silence and whenever the caller speaks."""

    fallback: Text = "I am sorry, I cannot reach anybody who could answer that."
    """What the caller hears when no result came in time; then follows the step's `not_found`."""

    fields: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()
    """The result's texts by name; without it the result is one text, or an approval."""


class Parameter(Part):
    """One thing that a function has to be told."""

    description: str = ""
    """What it is, in a few words: a language model that calls the function reads them."""

    type: Literal["string", "number", "integer", "boolean"] = "string"
    """What JSON calls it."""

    enum: tuple[str, ...] | None = Field(default=None, min_length=1)
    """The only texts there are."""

    required: bool = True
    """Whether the function needs it."""

    @model_validator(mode="after")
    def _chooses_among_texts(self) -> "Parameter":
        if self.enum and self.type != "string":
            raise ValueError(f"is a {self.type} with `enum`, expected a string")
        return self


class Function(Part):
    """Something that a step can call: a table, or a question to supervisors."""

    description: str = ""
    """What it does, in a sentence."""

    parameters: dict[
        Name,
        Annotated[
            Parameter,
            BeforeValidator(
                lambda value: {"description": value} if isinstance(value, str) else value,
                json_schema_input_type=str | Parameter,
            ),
        ],
    ] = Field(default_factory=dict)
    """What a language model that calls it has to say, each with a description; a table takes one."""

    table: dict[str, Row] | None = Field(default=None, min_length=1)
    """What is found under each key: a text, or fields with texts."""

    supervised: Annotated[Supervised | None, BeforeValidator(lambda value: {} if value is None else value)] = None
    """Who executes it is a supervisor's client, over RTVI; may be empty."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Function":
        if (self.table is None) == (self.supervised is None):
            raise ValueError("is unclear, expected exactly one of `table` and `supervised`")
        return self
