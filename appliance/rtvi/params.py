"""What the observer reports."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from appliance.pipeline import FrameProcessor
from appliance.rtvi.levels import ReportLevels, RTVIFunctionCallReportLevel


@dataclass(slots=True)
class BotOutputTransformResult:
    """A text as viewers may see it; the other two are given, and expected back, for word progress only."""

    text: str
    accumulated_text: str | None = None
    remaining_text: str | None = None


BotOutputTransform = Callable[
    ..., BotOutputTransformResult | str | Awaitable[BotOutputTransformResult] | Awaitable[str]
]
"""``fn(text, agg_type, accumulated_text=None, remaining_text=None)``, plain or async."""


@dataclass(slots=True)
class RTVIObserverParams:
    """Switches by kind of message.

    ``ignored_sources``: what these processors push is not reported. ``skip_aggregator_types``: neither ``bot-output``
    nor ``bot-tts-text`` for segments of these types. ``bot_output_transforms``: pairs of an aggregation type (or
    ``*``) and a function; a text whose transform fails is withheld. The function-call report level is by function
    name, ``*`` for all others.
    """

    bot_output_enabled: bool = True
    bot_llm_enabled: bool = True
    bot_tts_enabled: bool = True
    bot_speaking_enabled: bool = True
    bot_audio_level_enabled: bool = False
    user_llm_enabled: bool = True
    user_speaking_enabled: bool = True
    vad_user_speaking_enabled: bool = False
    user_mute_enabled: bool = True
    user_transcription_enabled: bool = True
    user_audio_level_enabled: bool = False
    metrics_enabled: bool = True
    system_logs_enabled: bool = False
    ignored_sources: Sequence[FrameProcessor] = ()
    skip_aggregator_types: Sequence[str] | None = None
    bot_output_transforms: Sequence[tuple[str, BotOutputTransform]] | None = None
    audio_level_period_secs: float = 0.15
    function_call_report_level: ReportLevels = field(default_factory=lambda: {"*": RTVIFunctionCallReportLevel.NONE})
