"""The engines that calls of this appliance use."""

from dataclasses import dataclass

from appliance.speech.base import Synthesizer, Transcriber


@dataclass(frozen=True, slots=True)
class Engines:
    """One of each kind, shared by all calls."""

    transcriber: Transcriber
    synthesizer: Synthesizer
    timeout_secs: float = 4.0
    """An engine that gives no answer for this long has failed."""

    @property
    def dead_air_secs(self) -> float:
        """Longer than any engine's own time: something is stuck that keeps a caller in silence for so long."""
        return 2 * self.timeout_secs
