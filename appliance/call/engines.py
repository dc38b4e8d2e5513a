"""The engines that calls of this appliance use."""

from dataclasses import dataclass

from appliance.dialogue.chat import ChatModel
from appliance.speech.base import Synthesizer, Transcriber


@dataclass(frozen=True, slots=True)
class Engines:
    """One of each kind, shared by all calls."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    timeout_secs: float = 4.0
    """An engine that gives no answer for this long has failed."""
    model: ChatModel | None = None
    """The language model, where there is one."""
    usual_voice: str = "en-us"
    """The voice of dialplans that name none."""

    def dead_air_secs(self, *, with_model: bool = False) -> float:
        """Longer than any engine's own time: something is stuck that keeps a caller in silence for so long."""
        return 2 * self.timeout_secs + (self.model.timeout_secs if with_model and self.model else 0.0)
