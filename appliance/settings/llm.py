"""[llm]: the language model that dialplans' `llm` steps talk with."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from appliance.settings.engine_names import EngineNames
from appliance.settings.section import Section

OPENAI = "https://api.openai.com/v1"


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    if "@" in url or parts.query or parts.fragment:
        raise ValueError("not shown, expected an address without a key such as http://127.0.0.1:11434/v1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r}, expected an address such as http://127.0.0.1:11434/v1")
    return url.rstrip("/")


ChatAddress = Annotated[str, AfterValidator(_is_address)]


class ChatServer(Section):
    """A server of OpenAI's chat completions."""

    base_url: ChatAddress = OPENAI
    """A server of OpenAI's chat completions: OpenAI, vLLM, Ollama, llama.cpp, LocalAI."""

    api_key: SecretStr | None = Field(default=None, min_length=1)
    """What the server asks for; sent to no server that a dialplan names instead."""

    stall_secs: float = Field(default=3, ge=0.5, le=60)
    """An answer that stops for this long in the middle has failed."""

    retries: int = Field(default=2, ge=0, le=10)
    """Further tries after a failure, as long as nothing of the answer has come and no other model can be asked."""

    context_chars: int = Field(default=24000, ge=1000, le=10_000_000)
    """The longest conversation that is sent, in characters (about four a token); the oldest turns are left out."""


class LLMSettings(ChatServer):
    """The language model that dialplans' `llm` steps talk with."""

    model: str | None = Field(default=None, min_length=1)
    """The model's name at its server; without one no dialplan can use this LLM."""

    engines: EngineNames = ("llm",)
    """What talks, and what does when that fails: `llm` (this section), or entries of [engines]."""

    timeout_secs: float = Field(default=6, ge=0.5, le=60)
    """An answer that has not begun after this long, all tries of all engines together, has failed."""
