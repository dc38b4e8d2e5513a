"""What supervisors are told of a dialplan's calls, kind by kind; see RTVIObserverParams, whose defaults these are."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from appliance.dialplan.fields import Part, as_list


class RTVI(Part):
    """What supervisors are told, kind by kind."""

    bot_output_enabled: bool = True
    """What the bot says, with how much of it was heard."""

    bot_llm_enabled: bool = True
    """What a language model writes."""

    bot_tts_enabled: bool = True
    """The words as they are spoken."""

    bot_speaking_enabled: bool = True
    """When the bot speaks."""

    bot_audio_level_enabled: bool = False
    """How loud the bot is."""

    user_llm_enabled: bool = True
    """What the dialogue is told that the caller said."""

    user_speaking_enabled: bool = True
    """When the caller speaks."""

    vad_user_speaking_enabled: bool = False
    """What the detector takes for speech, before it is a turn."""

    user_mute_enabled: bool = True
    """When the caller is not listened to."""

    user_transcription_enabled: bool = True
    """What the caller says."""

    user_audio_level_enabled: bool = False
    """How loud the caller is."""

    metrics_enabled: bool = True
    """How fast the engines are, and what they have used."""

    system_logs_enabled: bool = False
    """The log's lines of the call."""

    audio_level_period_secs: float = Field(default=0.15, ge=0.05, le=10)
    """How often the levels are told."""

    skip_aggregator_types: Annotated[tuple[Literal["sentence", "word", "token"], ...], BeforeValidator(as_list)] = ()
    """Pieces of what the bot says that are not told."""
