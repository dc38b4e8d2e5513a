"""Telephone numbers as E.164 text, and the patterns that dialplans answer to."""

import re

_SEPARATORS = re.compile(r"[ \-./()\u00a0\u2010-\u2015]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,13}\*")

ANY = "*"
"""The pattern for every number, also for what is not a number at all."""


def normalised(number: str) -> str:
    """``+1 (555) 555-0100`` and ``0015555550100`` as +15555550100; anything that is not a number as it is.

    See ITU-T E.164: a plus, the country code, at most 15 digits.
    """
    bare = _SEPARATORS.sub("", number.strip())
    international = f"+{bare[2:]}" if bare.startswith("00") else bare
    return international if _E164.fullmatch(international) else number.strip()


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
    """What a dialplan answers to: a number, a beginning such as +1555*, or *; ValueError for anything else."""
    bare = _SEPARATORS.sub("", text.strip())
    if bare == ANY or _PREFIX.fullmatch(bare):
        return bare
    number = normalised(text)
    if not is_e164(number):
        expected = "expected a number with + and country code such as +15555550100, a beginning such as +1555*, or *"
        raise ValueError(f"{text!r}, {expected}")
    return number
