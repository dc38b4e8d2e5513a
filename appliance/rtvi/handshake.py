"""What a client's ``client-ready`` says, and which protocol it is served with."""

import re
from typing import Any, NamedTuple

from pydantic import ValidationError

from appliance import __version__
from appliance.rtvi.client_messages import AboutClientData, ClientReadyData
from appliance.rtvi.envelope import PROTOCOL_VERSION

Version = tuple[int, int, int]

UNKNOWN_VERSION: Version = (0, 3, 0)
"""What a client is taken for that does not say its version: the last protocol in which it need not."""

OLD_MAJOR = 1
"""Clients of this generation get the shapes of their own version."""

CURRENT_MAJOR = int(PROTOCOL_VERSION.split(".")[0])
_THREE_INTEGERS = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")


class Greeting(NamedTuple):
    """A judged ``client-ready``: ``served`` goes into ``bot-ready``, ``problem`` into an ``error-response``."""

    version: Version
    served: str
    about: AboutClientData
    problem: str | None


def about_server() -> dict[str, str]:
    """What ``bot-ready`` says of this server."""
    return {"library": "appliance", "library_version": __version__}


def greet(data: ClientReadyData) -> Greeting:
    """Judges a ``client-ready``; whatever it says, the client is served."""
    version, problem = _judge(data.version)
    served = ".".join(map(str, version)) if version[0] == OLD_MAJOR else PROTOCOL_VERSION
    return Greeting(version, served, _about(data.about), problem)


def _judge(given: Any) -> tuple[Version, str | None]:
    if not isinstance(given, str) or given == "":
        return UNKNOWN_VERSION, "Client version unknown. Compatibility issues may occur."
    found = _THREE_INTEGERS.fullmatch(given)
    if found is None:
        return UNKNOWN_VERSION, f"Invalid client version format ({given[:40]}). Compatibility issues may occur."
    version = (int(found[1]), int(found[2]), int(found[3]))
    if version[0] in (OLD_MAJOR, CURRENT_MAJOR):
        return version, None
    return version, (
        f"RTVI version {given} is not compatible with server protocol {PROTOCOL_VERSION}. "
        "Compatibility issues may occur."
    )


def _about(given: Any) -> AboutClientData:
    try:
        return AboutClientData.model_validate(given)
    except ValidationError:
        return AboutClientData(library="unknown")
