"""Reads what viewers send to the house's own socket, where there is no call whose processor could answer."""

from dataclasses import dataclass
from typing import Any

import msgspec

from appliance.rtvi.envelope import MESSAGE_LABEL

MAX_CHARACTERS = 65_536


@dataclass(slots=True, frozen=True)
class Request:
    """A client's message whose envelope is right."""

    type: str
    id: str
    data: dict[str, Any]


class BadRequest(Exception):  # noqa: N818 - a peer's mistake, answered and not raised further
    """A client's message that cannot be used, and what it is answered with."""

    def __init__(self, text: str, request_id: str | None = None) -> None:
        super().__init__(text)
        self.request_id = request_id
        self.kind = "error" if request_id is None else "error-response"
        # The published standard calls an error's text ``message``, newer libraries ``error``.
        self.more: dict[str, Any] = {"message": text, "fatal": False} if request_id is None else {}


def parse(text: str) -> Request | None:
    """Reads a message; None if it carries another protocol's label. Raises BadRequest."""
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(f"a message of {len(text)} characters, expected at most {MAX_CHARACTERS}")
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("the message is not JSON") from None
    if not isinstance(content, dict):
        raise BadRequest("the message is not a JSON object")
    if content.get("label") != MESSAGE_LABEL:
        return None
    kind, request_id, data = content.get("type"), content.get("id"), content.get("data")
    if not isinstance(request_id, str) or not isinstance(kind, str):
        raise BadRequest("type and id of a message are expected to be strings")
    if data is not None and not isinstance(data, dict):
        raise BadRequest(f"data of {kind} is expected to be an object", request_id)
    return Request(kind, request_id, data or {})
