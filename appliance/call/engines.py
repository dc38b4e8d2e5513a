"""The engines that calls of this appliance use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.dialogue.chat import ChatModel
from appliance.dialogue.realtime.model import DirectModel
from appliance.speech.base import Synthesizer, Transcriber


@dataclass(frozen=True, slots=True)
class Engines:
    """Those of a dialplan's calls: one of each kind, behind which several may stand; shared by all calls."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    timeout_secs: float = 4.0
    """An engine that gives no answer for this long has failed."""
    model: ChatModel | None = None
    """The language model, where there is one."""
    usual_voice: str | None = "en-us"
    """The voice of dialplans that name none, or one for each engine; None: the engine chooses."""
    first_voice: Synthesizer | None = None
    """The first choice of those that speak, alone: for samples of voices."""
    model_name: str | None = None
    """The model that the language model's first choice is, where a dialplan names none."""
    realtime: Mapping[str, DirectModel] = field(default_factory=dict)
    """Models that hear and speak themselves, by name; each call has a connection of its own."""

    def dead_air_secs(self, *, with_model: bool = False) -> float:
        """Longer than any engine's own time: something is stuck that keeps a caller in silence for so long."""
        thinks_secs = [self.model.timeout_secs] if self.model else []
        thinks_secs += [model.timeout_secs for model in self.realtime.values()]
        return 2 * self.timeout_secs + (max(thinks_secs, default=0.0) if with_model else 0.0)
