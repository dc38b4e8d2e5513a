"""[functions]: where functions of dialplans may reach to, and where those that are written in Python lie."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from appliance.settings.section import Section, as_list

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _is_place(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    # What looks like an address and is none would otherwise be taken for a name that nobody has.
    if re.fullmatch(r"[0-9./:]+", text) or not _HOST.fullmatch(text.lower()):
        raise ValueError(f"{text!r}, expected an address, a network such as 10.1.0.0/16, or a host's name") from None
    return text.lower()


def _is_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("not a name, expected a-z, 0-9 and _, beginning with a letter, such as crm_key")
    return text


Place = Annotated[str, AfterValidator(_is_place)]
Secrets = dict[Annotated[str, AfterValidator(_is_name)], SecretStr]
"""What functions send to their servers, by name."""


class FunctionSettings(Section):
    """Where functions of dialplans may reach to, and where those that are written in Python lie."""

    allow: Annotated[tuple[Place, ...], BeforeValidator(as_list)] = ()
    """Hosts and networks within your own that `http` functions and notices of messages may reach; the Internet is
    always reached."""

    path: Path | None = None
    """The directory of the modules that `python` functions name; without one, `functions` beside the dialplans."""
