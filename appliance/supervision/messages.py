"""RTVI messages that supervision itself sends."""

from typing import Any

from appliance.rtvi.envelope import MESSAGE_LABEL
from appliance.rtvi.viewer import Outgoing


def message(
    kind: str, data: Any = None, seq: int = 0, *, answers: str | None = None, droppable: bool = False
) -> Outgoing:
    """A message with its running number; ``answers`` is the id of the request it answers."""
    content: dict[str, Any] = {"label": MESSAGE_LABEL, "type": kind}
    if answers is not None:
        content["id"] = answers
    if data is not None:
        content["data"] = data
    return Outgoing(kind, droppable, content, seq, private=answers is not None)


def server_message(data: dict[str, Any], seq: int = 0, *, droppable: bool = False) -> Outgoing:
    """A ``server-message``; what it is about stands in its data's ``type``."""
    return message("server-message", data, seq, droppable=droppable)
