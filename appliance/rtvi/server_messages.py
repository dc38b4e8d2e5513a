"""What the server sends (UI, services and actions stand in files of their own)."""

from typing import Any, Literal

from pydantic import BaseModel

from appliance.rtvi.envelope import FromServer
from appliance.rtvi.service_messages import RTVIActionDescription, RTVIServiceConfig

SpokenStatus = Literal["new", "in-progress", "completed"]


class BotReadyData(BaseModel):
    """The protocol version served, the server's library, and (0.3) configuration and actions."""

    version: str
    about: dict[str, Any] | None = None
    config: list[RTVIServiceConfig] | None = None
    actions: list[RTVIActionDescription] | None = None


class BotReady(FromServer):
    """``bot-ready``; its id is that of the ``client-ready`` it answers."""

    type: Literal["bot-ready"] = "bot-ready"
    data: BotReadyData


class ErrorData(BaseModel):
    """What went wrong, under both keys that clients read; ``fatal``: the bot has stopped.

    ``gave_up`` is an engine in whose place another goes on.
    """

    error: str
    message: str
    fatal: bool
    gave_up: str | None = None


class Error(FromServer):
    """``error``."""

    type: Literal["error"] = "error"
    data: ErrorData


class ErrorResponseData(BaseModel):
    """Why a request failed."""

    error: str


class ErrorResponse(FromServer):
    """``error-response``."""

    type: Literal["error-response"] = "error-response"
    data: ErrorResponseData


class ServerMessage(FromServer):
    """``server-message``: anything."""

    type: Literal["server-message"] = "server-message"
    data: Any


class RawServerResponseData(BaseModel):
    """The answer to a client's own message: its type, and data."""

    t: str
    d: Any = None


class ServerResponse(FromServer):
    """``server-response``."""

    type: Literal["server-response"] = "server-response"
    data: RawServerResponseData


class UserStartedSpeakingMessage(FromServer):
    """``user-started-speaking``."""

    type: Literal["user-started-speaking"] = "user-started-speaking"


class UserStoppedSpeakingMessage(FromServer):
    """``user-stopped-speaking``."""

    type: Literal["user-stopped-speaking"] = "user-stopped-speaking"


class VADUserStartedSpeakingMessage(FromServer):
    """``vad-user-started-speaking``."""

    type: Literal["vad-user-started-speaking"] = "vad-user-started-speaking"


class VADUserStoppedSpeakingMessage(FromServer):
    """``vad-user-stopped-speaking``."""

    type: Literal["vad-user-stopped-speaking"] = "vad-user-stopped-speaking"


class UserMuteStartedMessage(FromServer):
    """``user-mute-started``."""

    type: Literal["user-mute-started"] = "user-mute-started"


class UserMuteStoppedMessage(FromServer):
    """``user-mute-stopped``."""

    type: Literal["user-mute-stopped"] = "user-mute-stopped"


class BotStartedSpeakingMessage(FromServer):
    """``bot-started-speaking``."""

    type: Literal["bot-started-speaking"] = "bot-started-speaking"


class BotStoppedSpeakingMessage(FromServer):
    """``bot-stopped-speaking``."""

    type: Literal["bot-stopped-speaking"] = "bot-stopped-speaking"


class BotInterruptedMessage(FromServer):
    """``bot-interrupted``."""

    type: Literal["bot-interrupted"] = "bot-interrupted"


class UserTranscriptionMessageData(BaseModel):
    """What the caller said. ``timestamp`` is ISO 8601, UTC."""

    text: str
    user_id: str
    timestamp: str
    final: bool


class UserTranscriptionMessage(FromServer):
    """``user-transcription``."""

    type: Literal["user-transcription"] = "user-transcription"
    data: UserTranscriptionMessageData


class TextMessageData(BaseModel):
    """A text."""

    text: str


class UserLLMTextMessage(FromServer):
    """``user-llm-text``."""

    type: Literal["user-llm-text"] = "user-llm-text"
    data: TextMessageData


class BotLLMStartedMessage(FromServer):
    """``bot-llm-started``."""

    type: Literal["bot-llm-started"] = "bot-llm-started"


class BotLLMStoppedMessage(FromServer):
    """``bot-llm-stopped``."""

    type: Literal["bot-llm-stopped"] = "bot-llm-stopped"


class BotLLMTextMessage(FromServer):
    """``bot-llm-text``."""

    type: Literal["bot-llm-text"] = "bot-llm-text"
    data: TextMessageData


class BotTranscriptionMessage(FromServer):
    """``bot-transcription`` (deprecated)."""

    type: Literal["bot-transcription"] = "bot-transcription"
    data: TextMessageData


class BotTTSStartedMessage(FromServer):
    """``bot-tts-started``."""

    type: Literal["bot-tts-started"] = "bot-tts-started"


class BotTTSStoppedMessage(FromServer):
    """``bot-tts-stopped``."""

    type: Literal["bot-tts-stopped"] = "bot-tts-stopped"


class BotTTSTextMessage(FromServer):
    """``bot-tts-text``."""

    type: Literal["bot-tts-text"] = "bot-tts-text"
    data: TextMessageData


class AudioMessageData(BaseModel):
    """16-bit little-endian PCM, base64."""

    audio: str
    sample_rate: int
    num_channels: int


class BotTTSAudioMessage(FromServer):
    """``bot-tts-audio``."""

    type: Literal["bot-tts-audio"] = "bot-tts-audio"
    data: AudioMessageData


class SpokenProgressData(BaseModel):
    """How much of a segment has been heard."""

    accumulated_text: str
    remaining_text: str


class BotOutputMessageData(BaseModel):
    """A segment of what the bot says; clients of protocol 1 get the first four keys only."""

    text: str
    spoken: bool = False
    aggregated_by: str
    segment_id: int | None = None
    will_be_spoken: bool | None = None
    spoken_status: SpokenStatus | None = None
    spoken_progress: SpokenProgressData | None = None


class BotOutputMessage(FromServer):
    """``bot-output``."""

    type: Literal["bot-output"] = "bot-output"
    data: BotOutputMessageData


class MetricsMessageData(BaseModel):
    """Measurements; seconds, characters, tokens. Each entry names its ``processor``, tokens apart."""

    ttfb: list[dict[str, Any]] | None = None
    ttfa: list[dict[str, Any]] | None = None
    ttfat: list[dict[str, Any]] | None = None
    processing: list[dict[str, Any]] | None = None
    characters: list[dict[str, Any]] | None = None
    stt_usage: list[dict[str, Any]] | None = None
    tokens: list[dict[str, Any]] | None = None


class MetricsMessage(FromServer):
    """``metrics``."""

    type: Literal["metrics"] = "metrics"
    data: MetricsMessageData


class AudioLevelMessageData(BaseModel):
    """Loudness, 0 to 1."""

    value: float


class UserAudioLevelMessage(FromServer):
    """``user-audio-level``."""

    type: Literal["user-audio-level"] = "user-audio-level"
    data: AudioLevelMessageData


class BotAudioLevelMessage(FromServer):
    """``bot-audio-level``."""

    type: Literal["bot-audio-level"] = "bot-audio-level"
    data: AudioLevelMessageData


class SystemLogMessage(FromServer):
    """``system-log``."""

    type: Literal["system-log"] = "system-log"
    data: TextMessageData
