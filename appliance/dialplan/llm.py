"""The step in which a language model talks with the caller, and hands the call back when it is done."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from appliance.dialplan.fields import Name, Part, StepId, Text, as_list
from appliance.dialplan.transfer import Recipient
from appliance.settings.llm import ChatAddress

BUILT_IN_TOOLS = ("hang_up", "transfer", "done")
"""What a language model may call besides the dialplan's functions, where its step lets it."""


class LLM(Part):
    """What a language model is told, and which one it is where it is not that of the settings."""

    prompt: Text
    """Who it is, what it knows and what it is to do; {{ caller }} and other variables have their values."""

    engine: str | None = Field(default=None, min_length=1)
    """A model that hears and speaks itself: an engine of the settings, of kind `openai-realtime`."""

    model: str | None = Field(default=None, min_length=1)
    """The model's name; without it the one in the settings."""

    base_url: ChatAddress | None = None
    """Its server; without it the one in the settings, whose key no other server is sent."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    """How freely it chooses its words; without it the server decides."""

    max_tokens: int | None = Field(default=None, ge=16)
    """The most tokens that the server may write in one answer."""

    longest_answer: int = Field(default=600, ge=40, le=10_000)
    """The most characters that are said in one answer (fifteen a second); then the caller is asked whether to go on."""

    @model_validator(mode="after")
    def _is_one_model(self) -> "LLM":
        given = [name for name in ("model", "base_url", "temperature") if getattr(self, name) is not None]
        if self.engine is not None and given:
            raise ValueError(f"has an `engine` that knows its model, expected no `{given[0]}`")
        return self


class LLMStep(Part):
    """Lets a language model talk with the caller until it ends the call or hands it back."""

    llm: Annotated[
        LLM,
        BeforeValidator(
            lambda value: {"prompt": value} if isinstance(value, str) else value, json_schema_input_type=str | LLM
        ),
    ]
    """The prompt, or `prompt` with `model` and others."""

    opening: Text | None = None
    """What the caller hears when the step begins; without it the model speaks first."""

    functions: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """The functions that it may call."""

    may: Annotated[tuple[Literal["hang_up", "transfer"], ...], BeforeValidator(as_list)] = ()
    """How it may end the call."""

    transfer_to: dict[Name, Recipient] = Field(default_factory=dict)
    """Whom it may transfer to, by name; without any, the dialplan's `fallback.transfer`."""

    done: dict[Name, StepId] = Field(default_factory=dict)
    """The step that follows each outcome that it may hand back."""

    collect: dict[Name, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """What it has to find out before it hands back: variables, each with a description."""

    save_as: Name | None = None
    """The variable that takes the outcome's name."""

    no_input: Text = "Are you still there?"
    """Said when nothing comes."""

    no_match: Text = "I am sorry, could you say that again?"
    """Said when nothing was understood, or the model gave no answer that could be used."""

    tries: int = Field(default=3, ge=1, le=10)
    """How often in a row nothing may come or be understood."""

    otherwise: StepId
    """The step that follows when the tries are used up."""

    @model_validator(mode="after")
    def _hands_back_what_it_collects(self) -> "LLMStep":
        if (self.collect or self.save_as) and not self.done:
            raise ValueError("is never handed back, expected `done` besides `collect` or `save_as`")
        if self.transfer_to and "transfer" not in self.may:
            raise ValueError("is never transferred, expected `may: [transfer]` besides `transfer_to`")
        return self
