"""[engines.NAME] of kind openai-realtime: a model that hears and speaks itself, for dialplans' `llm` steps."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from appliance.settings.engines import address
from appliance.settings.section import Section

REALTIME = "wss://api.openai.com/v1/realtime"


class RealtimeEngine(Section):
    """A model that hears and speaks itself, at any server of OpenAI's Realtime API."""

    kind: Literal["openai-realtime"]
    """A server of OpenAI's Realtime API."""

    base_url: Annotated[str, address(REALTIME)] = REALTIME
    """Its address: OpenAI's, or that of a server of its kind."""

    api_key: SecretStr | None = Field(default=None, min_length=1)
    """What the server asks for."""

    model: str = Field(default="gpt-realtime-2.1", min_length=1)
    """The model's name at its server."""

    voice: str = Field(default="marin", min_length=1)
    """The voice that it speaks with."""

    transcription_model: str | None = Field(default="gpt-4o-mini-transcribe", min_length=1)
    """What writes down the caller's words, for supervisors and records; the model itself needs no transcript."""

    turn_detection: Literal["own", "server_vad", "semantic_vad"] = "own"
    """Who decides when the caller's turn begins and ends: the dialplan's `vad` and `turn`, or the server."""

    timeout_secs: float = Field(default=6, ge=0.5, le=60)
    """An answer that has not begun after this long has failed; so has a connection that is not there by then."""

    stall_secs: float = Field(default=4, ge=0.5, le=60)
    """So has an answer that stops for this long in the middle."""

    context_chars: int = Field(default=24000, ge=1000, le=10_000_000)
    """The longest conversation that a new connection is told, in characters; the oldest turns are left out."""
