"""What a transcript's words say about the turn: that it is only half said, or that it is no turn at all.

English, like all that is listened for. Rules of thumb, and meant so: they only choose how much silence is waited for.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HESITATES = _all("uh uhm um umm er erm eh ehm hm hmm mm")
_NEVER_LAST = _all(
    """a an the and or but because if although unless whether than plus my our your their whose every
    i'm i've i'd i'll we're we've we'd we'll you're they're he's she's it's there's let's"""
)
"""No sentence ends so, whatever mark an engine sets there."""
_SELDOM_LAST = _all("to of for with in on at from about by into as i we he she they his very between until since")
"""Sentences end so in questions ("where are you from"), and otherwise hardly ever without a full stop."""
_AUXILIARIES = _all("is are was were am be been has had will would could should may")
_PRONOUNS = _all("i you he she it we they that this there what who")
"""Before an auxiliary: "yes, it is" is whole, "my number is" is not, with a full stop or without."""
_ASKS = _all("who whom what when where why which how")
_DIGITS = _all("zero oh one two three four five six seven eight nine double triple")
_FEWEST_DIGITS = {
    **dict.fromkeys(("phone", "telephone", "mobile", "cell", "fax"), 7),
    **dict.fromkeys(("card", "iban", "account"), 8),
    **dict.fromkeys(("number", "code", "reference", "zip", "postcode", "pin"), 4),
}
"""A number announced so is shorter only because the rest of it is still to come."""
_WORDS_OF_A_SENTENCE = 3
"""Of fewer words nobody can tell by a missing full stop that they are no whole answer."""
_FULL_STOPS = (".", "!", "?")


def ends_with_a_mark(text: str) -> bool:
    """Whether a sentence's last mark is there: an engine that sets one sets them all."""
    return text.rstrip().endswith(_FULL_STOPS) and not text.rstrip().endswith("..")


def is_half_said(text: str, *, is_punctuated: bool = False) -> bool:
    """Whether more is to come, by the words; ``is_punctuated``: the engine ends whole sentences with a mark."""
    text = text.rstrip()
    words = _words(text)
    if not words:
        return False
    last = words[-1]
    if text.endswith((",", ";", ":", "-", "–", "—", "…", "..")) or last in _HESITATES or last in _NEVER_LAST:
        return True
    if _is_short_number(words):
        return True
    if text.endswith("?"):
        return False
    asks = not _ASKS.isdisjoint(words)
    if last in _AUXILIARIES and not asks and words[-2:-1] and words[-2] not in _PRONOUNS:
        return True
    if ends_with_a_mark(text):
        return False
    return (last in _SELDOM_LAST and not asks) or (is_punctuated and len(words) >= _WORDS_OF_A_SENTENCE)


def is_backchannel(text: str, backchannels: Sequence[str]) -> bool:
    """Whether all of it says no more than "I am listening": these words, in any order, as often as one likes."""
    said = " ".join(_words(text))
    return bool(said and backchannels) and _all_of(tuple(backchannels)).fullmatch(said) is not None


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def _is_short_number(words: Sequence[str]) -> bool:
    """Whether it ends in the beginning of a number: one that was announced as longer, digit by digit."""
    count, at = 0, len(words)
    while at and (words[at - 1].isdecimal() or words[at - 1] in _DIGITS):
        at -= 1
        count += len(words[at]) if words[at].isdecimal() else words[at] not in ("double", "triple")
    if words[-1] in ("double", "triple"):
        return True
    return 0 < count < max((_FEWEST_DIGITS.get(word, 0) for word in words[:at]), default=0)


@lru_cache(maxsize=64)
def _all_of(backchannels: tuple[str, ...]) -> re.Pattern[str]:
    phrases = sorted({" ".join(_words(one)) for one in backchannels} - {""}, key=len, reverse=True)
    any_of = "|".join(map(re.escape, phrases)) or r"(?!)"
    return re.compile(rf"(?:{any_of})(?: (?:{any_of}))*")
