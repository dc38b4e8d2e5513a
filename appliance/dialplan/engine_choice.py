"""Which engines a dialplan's calls use, where they are not those of the settings."""

from pydantic import Field

from appliance.dialplan.fields import Part
from appliance.settings.engine_names import EngineNames


class EngineChoice(Part):
    """Engines by name: entries of the settings' [engines], or `wyoming`, `embedded`, `openai`, `deepgram`, `llm`."""

    transcriber: EngineNames | None = None
    """What listens, and in order what takes over when that fails; without it those of the settings."""

    synthesizer: EngineNames | None = None
    """What speaks."""

    llm: EngineNames | None = None
    """The language models that `llm` steps talk with."""

    hints: tuple[str, ...] = Field(default=(), max_length=100)
    """Names and words that callers may say, for transcribers that take hints (Deepgram)."""
