"""What all RTVI messages have in common."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

PROTOCOL_VERSION = "2.1.0"
"""What this server speaks."""

MESSAGE_LABEL = "rtvi-ai"
"""A message with another label is none of RTVI's."""


class Message(BaseModel):
    """Any message of a client, its data still unread."""

    label: Literal["rtvi-ai"] = "rtvi-ai"
    type: str
    id: str
    data: Any = None


class FromClient(BaseModel):
    """A message of a client: ``label``, ``type`` and ``id`` are required. Unknown keys are ignored."""

    label: Literal["rtvi-ai"] = "rtvi-ai"
    type: str
    id: str


class FromServer(BaseModel):
    """A message of the server: ``id`` only where it answers a request; what is None is left out of the JSON."""

    label: Literal["rtvi-ai"] = "rtvi-ai"
    type: str
    id: str | None = None

    def content(self) -> dict[str, Any]:
        """The message as it goes out, without absent values."""
        return self.model_dump(mode="json", exclude_none=True)


class Open(BaseModel):
    """Data that keeps keys which this server does not know."""

    model_config = ConfigDict(extra="allow")
