"""What a function has to be told."""

from typing import Literal

from pydantic import Field, model_validator

from appliance.dialplan.fields import Part


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
