"""Telephone numbers as E.164 text, SIP addresses, and the patterns that dialplans answer to."""

import re

_SEPARATORS = re.compile(r"[ \-./()\u00a0\u2010-\u2015]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9x]{0,13}\*")
_WILD = re.compile(r"\+[1-9][0-9x]{6,14}")
_NAME = re.compile(r"[a-z][a-z0-9._-]*")
_SIP = re.compile(r"<?sips?:(?:([^@;?>\s]+)@)?([a-z0-9.\-]+|\[[0-9a-f:]+\])(?::[0-9]+)?(?:[;?>].*)?", re.IGNORECASE)
_SIP_PATTERN = re.compile(r"sip:([^@;?>*\s]+|\*)@[a-z0-9.\-]+")

ANY = "*"
"""The pattern for every number, also for what is not a number at all."""

_EXPECTED = (
    "expected a number with + and country code such as +15555550100 (an x is any digit), a beginning such as +1555*, "
    "a name such as sales or sip:sales@example.com, or *"
)


def normalised(number: str) -> str:
    """``+1 (555) 555-0100`` and ``0015555550100`` as +15555550100, ``<sip:Sales@Example.com:5060;transport=tls>`` as
    sip:sales@example.com; anything else as it is.

    See ITU-T E.164: a plus, the country code, at most 15 digits; and RFC 3261, 19.1.
    """
    if "sip" in number[:5].lower() and (address := _SIP.fullmatch(number.strip())):
        user = f"{address[1]}@" if address[1] else ""
        return f"sip:{user}{address[2]}".lower()
    bare = _SEPARATORS.sub("", number.strip())
    international = f"+{bare[2:]}" if bare.startswith("00") else bare
    return international if _E164.fullmatch(international) else number.strip()


def spellings(number: str) -> tuple[str, ...]:
    """Every text by which a pattern may mean ``number``, the most specific first: of a SIP address also its user, and
    any user of its host.
    """
    whole = normalised(number)
    if not whole.startswith("sip:") or "@" not in whole:
        return (whole if whole.startswith("+") else whole.lower(),)
    user, _, host = whole.removeprefix("sip:").partition("@")
    return whole, normalised(user), f"sip:*@{host}"


def is_e164(number: str) -> bool:
    """Whether ``number`` is E.164 text."""
    return _E164.fullmatch(number) is not None


def as_number(text: str) -> str:
    """One telephone number as E.164 text; ValueError for anything else."""
    number = normalised(text)
    if not is_e164(number):
        raise ValueError(f"{text!r}, expected a telephone number with + and country code such as +15555550100")
    return number


def as_pattern(text: str) -> str:
    """What a dialplan answers to: a number, one with an x for any digit, a beginning such as +1555*, a name, a SIP
    address, or *; ValueError for anything else.
    """
    number = normalised(text)
    bare = _SEPARATORS.sub("", text.strip()).lower()
    if is_e164(number) or bare == ANY:
        return number if is_e164(number) else ANY
    if _PREFIX.fullmatch(bare) or _WILD.fullmatch(bare):
        return bare
    name = number.lower()
    if _SIP_PATTERN.fullmatch(name) or _NAME.fullmatch(name):
        return name
    raise ValueError(f"{text!r}, {_EXPECTED}")
