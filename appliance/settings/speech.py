"""[speech]: which engines listen and speak."""

from pydantic import Field

from appliance.settings.engine_names import EngineNames
from appliance.settings.named_engines import WyomingUri
from appliance.settings.section import Section


class SpeechSettings(Section):
    """Which engines listen and speak."""

    transcriber: EngineNames = ("wyoming",)
    """What listens, and what does when that fails: `wyoming` (a Wyoming server, by default the embedded engines),
    `embedded`, `openai` ([openai_stt]), `deepgram`, or entries of [engines]."""

    synthesizer: EngineNames = ("wyoming",)
    """What speaks, and what does when that fails: `wyoming`, `embedded`, `openai` ([openai_tts]), or entries of
    [engines]."""

    uri: WyomingUri | None = None
    """A Wyoming server for both; without it the embedded engines are started."""

    transcriber_uri: WyomingUri | None = None
    """A Wyoming server that listens, instead of `uri`."""

    synthesizer_uri: WyomingUri | None = None
    """A Wyoming server that speaks, instead of `uri`."""

    cache_mb: int = Field(default=0, ge=0, le=100_000)
    """Megabytes of spoken sentences, also such as quote callers, that are kept in `data_dir` and not made again."""

    ears: int = Field(default=2, ge=1, le=64)
    """Worker processes of the embedded recogniser: so many callers are understood at the same moment."""

    timeout_secs: float = Field(default=4, ge=0.5, le=60)
    """Engines that give no answer for this long, all of a list together, have failed; no caller waits in silence for
    over twice as long."""
