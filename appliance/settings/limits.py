"""[limits]: what one machine accepts."""

from pydantic import Field

from appliance.settings.section import Section


class LimitSettings(Section):
    """What one machine accepts."""

    max_calls: int = Field(default=400, ge=1)
    """Calls at the same time; the next one hears a sentence and is ended."""

    max_call_secs: float = Field(default=3600, gt=0)
    """The longest call, unless its dialplan says less."""

    flood_messages: int = Field(default=100, ge=1)
    """More undecodable messages than this within `flood_secs` end the call."""

    flood_secs: float = Field(default=10, gt=0)
    """The time over which undecodable messages are counted."""
