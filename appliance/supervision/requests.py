"""What viewers ask the house for: ``client-message``s of which it knows these."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from appliance.errors import ProtocolError
from appliance.rtvi.client_messages import RawClientMessage
from appliance.rtvi.envelope import FromClient, Message
from appliance.rtvi.reading import read_data


class Calls(BaseModel):
    """Which calls there are."""

    t: Literal["calls"]


class CallId(BaseModel):
    """A call."""

    call_id: str


class Since(CallId):
    """A call; ``after`` is the number of the last message that one has of it."""

    after: Annotated[int, Field(ge=0)] | None = None


class Subscribe(BaseModel):
    """Its events shall come, too."""

    t: Literal["subscribe"]
    d: Since


class Unsubscribe(BaseModel):
    """Its events shall come no more."""

    t: Literal["unsubscribe"]
    d: CallId


Request = Calls | Subscribe | Unsubscribe

REQUESTS = ("calls", "subscribe", "unsubscribe")


class _RequestMessage(FromClient):
    type: Literal["client-message"] = "client-message"
    data: Annotated[Request, Field(discriminator="t")]


def read_request(message: Message) -> Request:
    """Reads a ``client-message``. Raises ProtocolError, with a sentence for the client."""
    raw = read_data(RawClientMessage, message)
    assert isinstance(raw, RawClientMessage)
    if raw.data.t not in REQUESTS:
        raise ProtocolError(f"Unknown client-message {raw.data.t[:80]!r}, expected one of {', '.join(REQUESTS)}.")
    known = read_data(_RequestMessage, message)
    assert isinstance(known, _RequestMessage)
    return known.data
