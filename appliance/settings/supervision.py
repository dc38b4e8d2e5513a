"""[supervision]: how many may watch, and how patiently we feed them."""

from pydantic import Field

from appliance.settings.section import Section


class SupervisionSettings(Section):
    """How many may watch, and how patiently we feed them."""

    max_viewers: int = Field(default=200, ge=1)
    """RTVI connections in all."""

    max_viewers_per_call: int = Field(default=20, ge=1)
    """RTVI connections to one call."""

    queue_messages: int = Field(default=500, ge=10)
    """Messages that may wait for one viewer; one that stays this far behind is disconnected."""

    linger_secs: float = Field(default=5, ge=0)
    """How long a call's RTVI address stays open after its end."""
