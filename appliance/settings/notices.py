"""[notices]: how others are told of messages."""

from pydantic import Field, SecretStr

from appliance.settings.section import Section


class NoticeSettings(Section):
    """How others are told of the messages that callers leave."""

    webhook_secret: SecretStr | None = Field(default=None, min_length=16)
    """Signs what is posted to web servers, so that they know who it comes from; without one nothing is signed."""

    tries: int = Field(default=12, ge=1, le=100)
    """So often it is tried to tell somebody, with ever longer pauses: twelve tries take most of a day."""
