"""[recordings]: how much sound is kept, and for how long."""

from pydantic import Field

from appliance.settings.section import Section


class RecordingSettings(Section):
    """How much sound of calls is kept (messages, recorded calls), and for how long."""

    keep_days: float = Field(default=30, ge=0)
    """Sound older than this is deleted; 0 keeps it for ever."""

    max_megabytes: int = Field(default=10_000, ge=1)
    """What all sound together may take; then nothing new is recorded, and callers hear an apology."""

    min_free_megabytes: int = Field(default=200, ge=0)
    """What is always left free on the disk."""
