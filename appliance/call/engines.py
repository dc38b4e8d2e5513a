"""The engines that calls of this appliance use."""

from dataclasses import dataclass

from appliance.speech.base import Synthesizer, Transcriber


@dataclass(frozen=True, slots=True)
class Engines:
    """One of each kind, shared by all calls."""

    transcriber: Transcriber
    synthesizer: Synthesizer
