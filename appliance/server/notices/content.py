"""What is said of a message, in JSON and in words."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from appliance.clock import iso
from appliance.records.outbox import Notice


def notices_of(about: Mapping[str, Any]) -> list[Notice]:
    """A notice for each address that the dialplan names; the same sound gives the same notices."""
    return [Notice(_id(about, to), to, about) for to in about.get("notify", ())]


def body_of(about: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """A message as JSON."""
    return {
        "type": "message",
        "call_id": about["call_id"],
        "number": about["number"],
        "from": about["caller"],
        "to": about["called"],
        "dialplan": about["dialplan"],
        "started_at": iso(about["started_at"]),
        "secs": round(about["secs"], 1),
        "ended_by": about["ended_by"],
        "transcript": about.get("transcript"),
        "audio": address_of(about, base_url),
    }


def address_of(about: Mapping[str, Any], base_url: str) -> str:
    """Where the sound can be fetched by those who may hear it."""
    return f"{base_url}/api/calls/{quote(about['call_id'], safe='')}/messages/{about['number']}"


def subject_of(about: Mapping[str, Any]) -> str:
    """A mail's subject: nothing personal, for it is shown on locked screens."""
    return f"Message of {_length(about['secs'])} for {about['dialplan']}"


def text_of(about: Mapping[str, Any], base_url: str) -> str:
    """A mail's text."""
    lines = [
        f"{about['caller'] or 'Somebody who hides the number'} has left a message of {_length(about['secs'])}",
        f"at {iso(about['started_at'])}, calling {about['called']}.",
    ]
    if about.get("transcript"):
        lines += ["", about["transcript"]]
    return "\n".join([*lines, "", address_of(about, base_url), ""])


def _length(secs: float) -> str:
    minutes, rest = divmod(round(secs), 60)
    return f"{minutes}:{rest:02}"


def _id(about: Mapping[str, Any], to: str) -> str:
    return sha256("\n".join((about["call_id"], about["name"], to)).encode()).hexdigest()[:32]
