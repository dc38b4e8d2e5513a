"""E-mail addresses, written or said: ``john.smith@example.com``, "john dot smith at example dot com"."""

import re
from collections.abc import Iterator

from appliance.redaction.rows import MOST_DIGITS

_WRITTEN = re.compile(r"[\w.+%'-]{1,64}(?:@[\w-]{1,63}(?:\.[\w-]{1,63})*| ?@ ?[\w-]{1,63}(?:\.[\w-]{1,63})+)")

_JOINTS = ("dot", "point", "period", "underscore", "dash", "hyphen", "minus", "plus")
_DOT = r"\s+(?:dot|point|period)\s+"
_LABEL = r"(?:[a-z\d](?:\s[a-z\d]\b){1,30}|[\w-]{1,63})"
_PROVIDERS = "gmail|googlemail|yahoo|hotmail|outlook|icloud|aol|gmx|protonmail|proton"
_DOMAIN = (
    rf"(?P<full>{_LABEL}(?:\s+(?:dash|hyphen|minus)\s+{_LABEL}|\s+[\w-]{{1,63}}){{0,2}}?(?:{_DOT}{_LABEL}\b){{1,4}}"
    rf"|[\w-]{{1,63}}(?:\.[a-z]{{2,24}}){{1,3}}\b|(?:{_PROVIDERS})\b)"
    r"|[\w-]{1,63}(?=\W*\Z)"
)
_AT = re.compile(rf"[\s,]+at\s+(?:{_DOMAIN})")
_LAST_WORD = re.compile(r"(?<![\w'.+-])([\w'+-]+(?:\.[\w'+-]+)*)[\s,]*\Z")

_MOST_OF_A_WORD = 80
_MOST_WORDS = 40
_COMMON = (
    "a again all am an and are available be book buy call check find from go has have here in is it let look looking "
    "mail me meet meeting of on or order shop so that the them there they to up us visit was we website with you"
)
_NO_NAMES = frozenset(_COMMON.split())
"""Words that are no name in front of "at", as in "look at example dot com"."""


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses are in ``text`` (lower case)."""
    if "@" in text:
        yield from (found.span() for found in _WRITTEN.finditer(text))
    if " at " in text:
        for at in _AT.finditer(text):
            begin, is_joined = _name(text, at.start())
            # At the end of what was said, "john dot smith at example" is an address whose rest is still to come.
            if begin < at.start() and (at["full"] or is_joined):
                yield begin, at.end()


def _name(text: str, at: int) -> tuple[int, bool]:
    """Where the name in front of ``at`` begins, and whether it has joints such as "dot": then it is nothing else."""
    begin, is_joined, latest = at, False, "dot"
    for _ in range(_MOST_WORDS):
        found = _LAST_WORD.search(text, max(0, begin - _MOST_OF_A_WORD), begin)
        if not found or not _belongs(found[1], latest):
            break
        is_joined = is_joined or found[1] in _JOINTS
        begin, latest = found.start(), found[1]
    return begin, is_joined


def _belongs(word: str, following: str) -> bool:
    """Whether ``word`` goes on, to the left, with the name that begins with ``following`` so far."""
    if word in _JOINTS:
        return following not in _JOINTS
    if following in _JOINTS:
        return word not in _NO_NAMES
    is_number = following in MOST_DIGITS or following.isdecimal()
    is_spelled = len(following) == 1 and len(word) == 1
    return is_spelled or (is_number and word not in _NO_NAMES)
