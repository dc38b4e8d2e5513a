"""International bank account numbers, written or spelled. See ISO 13616-1: country, two check digits, account."""

import re
from collections.abc import Iterator

from appliance.redaction.rows import GAP, NUMERAL, digits_of

_REGISTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 "
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
    "YE30"
)
_LENGTHS = {entry[:2].lower(): int(entry[2:]) for entry in _REGISTRY.split()}
"""Characters by country, from the IBAN registry."""

_WORDS = frozenset(("at", "be", "do", "is", "it", "me", "no", "so"))
"""Countries that are words, too: such a beginning alone says nothing."""

_SURELY = 8
"""So many characters at the end of what was said are an account number that is still being said."""

_BEGIN = re.compile(rf"(?<![^\W_])(?:({'|'.join(_LENGTHS)})|([a-z])[\s.-]{{1,2}}([a-z])\b)(?={GAP}(?:\d|{NUMERAL}))")
_NEXT = re.compile(rf"{GAP}(?:(?P<number>{NUMERAL})|(?P<letters>[a-z]{{1,4}})(?![a-z]))")
_REST = re.compile(r"\W*\Z")


def ibans(text: str, raw: str) -> Iterator[tuple[int, int]]:
    """Where account numbers are in ``raw``; ``text`` is the same in lower case."""
    for begin in _BEGIN.finditer(text):
        country = begin[1] or begin[2] + begin[3]
        if country in _LENGTHS:
            said, stop = _account(text, country, begin.end())
            may_go_on = country not in _WORDS or raw[begin.start() : begin.end()] != country
            is_open = may_go_on and _SURELY <= len(said) < _LENGTHS[country] and _REST.match(text, stop)
            if is_open or (len(said) == _LENGTHS[country] and _checks(said)):
                yield begin.start(), stop


def _account(text: str, country: str, position: int) -> tuple[str, int]:
    """As much of a number as there is, and where it stops."""
    said = country
    while len(said) < _LENGTHS[country] and (part := _NEXT.match(text, position)):
        more = part["letters"] or digits_of(part["number"])
        if len(said) + len(more) > _LENGTHS[country]:
            break
        said, position = said + more, part.end()
    return said, position


def _checks(account: str) -> bool:
    """See ISO/IEC 7064, MOD 97-10."""
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1
