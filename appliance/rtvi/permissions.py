"""What a client's message needs its sender's role to permit."""

from appliance.rtvi.envelope import FromClient
from appliance.rtvi.service_messages import ActionMessage, UpdateConfigMessage
from appliance.rtvi.viewer import Viewer

LONGEST = 120
"""Characters of names that a client has made up and others are shown."""


def abouts(message: FromClient) -> list[str]:
    """What more of a message is permitted or not: the action as ``service:action``, the services to be changed."""
    match message:
        case ActionMessage():
            return [f"{message.data.service}:{message.data.action}"]
        case UpdateConfigMessage():
            return list(dict.fromkeys(service.service for service in message.data.config))
    return []


def named(message: FromClient) -> str:
    """The message with what it is about: ``send-text``, ``action call:transfer``, ``update-config vad, tts``."""
    return f"{message.type} {', '.join(abouts(message))}".rstrip()[:LONGEST]


def lacking(viewer: Viewer, message: FromClient) -> str | None:
    """The first permission that a message needs and its sender's role lacks; None if it has all."""
    needed: list[str | None] = [*abouts(message)] or [None]
    for what in needed:
        if not viewer.may(message.type, what):
            return f"{message.type} {what or ''}".rstrip()[:LONGEST]
    return None


def not_permitted(viewer: Viewer, permission: str) -> str:
    """The sentence that refuses it."""
    return f"Not permitted: the role {viewer.role!r} lacks the permission {permission!r}."
