"""Who can be asked to take a call over: a telephone number, a SIP address, a queue of the carrier's."""

import re

from appliance.dialplan.numbers import as_number

QUEUE = "queue:"
LONGEST_SIP = 255
"""Characters that Twilio takes of a SIP address."""

_SIP = re.compile(
    r"sips?:"
    r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%]+(?::[A-Za-z0-9\-_.!~*'()&=+$,%]*)?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:;[A-Za-z0-9\-_.!~*'()%\[\]/:&+$=]+)*(?:\?[A-Za-z0-9\-_.!~*'()%\[\]/:&+$=?]+)?"
)
_QUEUE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")


def as_destination(text: str) -> str:
    """A number as E.164 text, ``sip:support@example.com;transport=tls`` or ``queue:support``.

    ValueError for anything else. See RFC 3261, 19.1.1, and Twilio's documentation of ``<Sip>`` and ``<Enqueue>``.
    """
    bare = text.strip()
    kind = bare[:6].lower()
    if kind == QUEUE:
        if not _QUEUE_NAME.fullmatch(bare[6:]):
            raise ValueError(f"{text!r}, expected a queue such as queue:support (up to 64 of A-Z, 0-9, _, . and -)")
        return QUEUE + bare[6:]
    if kind.startswith(("sip:", "sips:")):
        scheme, _, rest = bare.partition(":")
        if len(bare) > LONGEST_SIP or not _SIP.fullmatch(f"{scheme.lower()}:{rest}"):
            raise ValueError(f"{text[:80]!r}, expected a SIP address such as sip:support@example.com")
        return f"{scheme.lower()}:{rest}"
    try:
        return as_number(bare)
    except ValueError:
        raise ValueError(
            f"{text!r}, expected a telephone number with + and country code such as +15555550100, "
            "a SIP address such as sip:support@example.com, or a queue such as queue:support"
        ) from None


def is_queue(destination: str) -> bool:
    """Whether it is a queue of the carrier's, where callers wait for whoever looks after it."""
    return destination.startswith(QUEUE)


def is_sip(destination: str) -> bool:
    """Whether it is a SIP address."""
    return destination.startswith(("sip:", "sips:"))
