"""A client's raw text becomes a message, or one sentence that says why it does not."""

from typing import Any

import orjson
from pydantic import ValidationError

from appliance.errors import ProtocolError
from appliance.rtvi.envelope import MESSAGE_LABEL, FromClient, Message

LONGEST_MESSAGE = 262_144
"""Characters or bytes. Reading and checking so much may take some 50 ms, in which no call of this process is heard."""


def read_message(text: str | bytes) -> Message | None:
    """The message's envelope; None where its label says that it is none of RTVI's.

    Raises ProtocolError, with a sentence for the client, where the envelope is unreadable.
    """
    if len(text) > LONGEST_MESSAGE:
        raise ProtocolError(f"The message is too long: {len(text)}, and at most {LONGEST_MESSAGE} are read.")
    try:
        content: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ProtocolError("The message is not JSON.") from error
    if not isinstance(content, dict):
        raise ProtocolError("The message is not a JSON object.")
    if content.get("label") != MESSAGE_LABEL:
        return None
    for key in ("type", "id"):
        if not isinstance(content.get(key), str):
            raise ProtocolError(f"The message has no {key!r} that is a string.")
    return Message(type=content["type"], id=content["id"], data=content.get("data"))


def read_data(model: type[FromClient], message: Message) -> FromClient:
    """The message with its data checked.

    Raises ProtocolError, with a sentence for the client that repeats nothing of the data.
    """
    try:
        return model.model_validate(message.model_dump(exclude_none=True))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ProtocolError(f"Invalid {message.type} message: {where}: {first['msg']}.") from error
    except RecursionError as error:
        raise ProtocolError(f"Invalid {message.type} message: it is nested too deeply.") from error
