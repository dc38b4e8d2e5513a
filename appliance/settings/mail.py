"""[mail]: the server that takes mail, for messages that callers leave."""

from typing import Literal

from pydantic import Field, SecretStr

from appliance.settings.section import Section


class MailSettings(Section):
    """The server that takes mail about messages that callers leave."""

    host: str | None = Field(default=None, min_length=1)
    """The SMTP server's name; without one no dialplan can notify by mail."""

    port: int = Field(default=587, ge=1, le=65535)
    """Its TCP port."""

    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted: after a word in the clear (port 587), from the start (465), or not at all."""

    user: str | None = Field(default=None, min_length=1)
    """Who signs in; without a name nobody does."""

    password: SecretStr | None = Field(default=None, min_length=1)
    """The user's password."""

    sender: str = Field(default="appliance@localhost", pattern=r"^[^@\s]+@[^@\s]+$")
    """The address that mail comes from."""

    attach_megabytes: float = Field(default=10, ge=0)
    """A message's sound that is larger is not attached: the mail only says where it is."""

    timeout_secs: float = Field(default=20, ge=1, le=300)
    """How long the server may take for each answer."""
