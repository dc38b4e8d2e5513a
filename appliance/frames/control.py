"""Frames of the call as such: its start and its end, failures, measurements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.frames.frame import ControlFrame, SystemFrame, UninterruptibleFrame


@dataclass(slots=True)
class StartFrame(SystemFrame):
    """The first frame of every call."""

    enable_metrics: bool = False
    enable_usage_metrics: bool = False


@dataclass(slots=True)
class EndFrame(ControlFrame, UninterruptibleFrame):
    """The call is to end once all that was said before has been heard.

    ``transfer_to`` (a number) passes the caller on instead of hanging up; ``apology`` has the carrier say the
    dialplan's apology first, because the bot's own voice has failed.
    """

    reason: str = "hang-up"
    transfer_to: str | None = None
    apology: bool = False


@dataclass(slots=True)
class CancelFrame(SystemFrame):
    """The call ends now; nothing is waited for."""

    reason: str = "cancelled"


@dataclass(slots=True)
class ErrorFrame(SystemFrame):
    """Something failed. ``engine`` names the failing engine's part (``stt``, ``dialogue``, ``tts``), if it was one.

    ``gave_up`` is the name of an engine in whose place another goes on, so that the caller need not notice.
    """

    error: str
    fatal: bool = False
    processor: Any = None
    engine: str | None = None
    gave_up: str | None = None


@dataclass(slots=True)
class LineLostFrame(SystemFrame):
    """The carrier's stream is gone; it may come back."""


@dataclass(slots=True)
class LineBackFrame(SystemFrame):
    """The carrier's stream is there again: the conversation goes on where it was."""


@dataclass(slots=True)
class TakeOverFrame(SystemFrame):
    """A person speaks to the caller in the bot's place from here on; ``by`` is the name. The bot is silent."""

    by: str


@dataclass(slots=True)
class HandBackFrame(SystemFrame):
    """The person has left the line to the bot again: the conversation goes on where the bot was."""


@dataclass(slots=True)
class EngineFailedFrame(ControlFrame, UninterruptibleFrame):
    """An engine (``stt``, ``dialogue``, ``tts``) could not do its part of a turn: the caller must hear of it."""

    engine: str
    error: str


@dataclass(slots=True)
class TimerFrame(SystemFrame):
    """A time has come that its processor set for itself; ``purpose`` says which."""

    purpose: str


@dataclass(slots=True)
class MetricsData:
    """One measurement; ``processor`` is the measured processor's name, ``engine`` that of the engine behind it."""

    processor: str
    model: str | None = None
    engine: str | None = field(default=None, kw_only=True)


@dataclass(slots=True)
class TTFBMetricsData(MetricsData):
    """Seconds from asking an engine to its first answer."""

    value: float = 0.0


@dataclass(slots=True)
class TTFAMetricsData(MetricsData):
    """Seconds from the end of the caller's turn to the first audio of the answer."""

    value: float = 0.0


@dataclass(slots=True)
class TTFATMetricsData(MetricsData):
    """Seconds from the end of the caller's turn to the first text of the answer."""

    value: float = 0.0


@dataclass(slots=True)
class ProcessingMetricsData(MetricsData):
    """Seconds from asking an engine to the end of its answer."""

    value: float = 0.0


@dataclass(slots=True)
class TTSUsageMetricsData(MetricsData):
    """Characters synthesized."""

    value: int = 0


@dataclass(slots=True)
class STTUsageMetricsData(MetricsData):
    """Seconds of audio transcribed."""

    value: float = 0.0


@dataclass(slots=True)
class LLMUsageMetricsData(MetricsData):
    """Tokens of a dialogue engine's answer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(slots=True)
class MetricsFrame(SystemFrame):
    """What a processor measured."""

    data: Sequence[MetricsData]
