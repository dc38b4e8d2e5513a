"""What a caller may say, as an operator writes it: ``[I want] (a | some) person [please]``.

Words in brackets may be left out, a bar in parentheses separates alternatives: a small part of JSGF (W3C note, 2000).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from appliance.dialplan.numerals import in_words

MOST_EXPANSIONS = 500
MOST_BRACKETS = 50

NO_GAPS = "expected phrases cannot have gaps: ask for a number with `digits`, or name what may be said"

_TOKEN = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")
_GAP = re.compile(r"\{[{%#]")
_NOT_A_WORD = re.compile(r"[^\w']+|_")

Words = tuple[str, ...]


def words_of(text: str) -> Words:
    """The words of a text or transcript: lower case, without punctuation; numbers up to 99 stay as digits."""
    spaced = _NOT_A_WORD.sub(" ", text.lower().replace("\u2019", "'"))
    return tuple(word for word in (part.strip("'") for part in spaced.split()) if word)


@lru_cache(maxsize=2048)  # An answer that is good everywhere is looked at for every question.
def expansions(phrase: str) -> tuple[Words, ...]:
    """Everything that ``phrase`` stands for, as words to be said. ValueError when it is not written as it should be."""
    if _GAP.search(phrase):
        raise ValueError(f"{phrase!r}: {NO_GAPS}")
    tokens = _TOKEN.findall(phrase)
    if sum(token in "[(" for token in tokens) > MOST_BRACKETS:
        raise ValueError(f"more than {MOST_BRACKETS} brackets, expected fewer brackets")
    position, found = _alternatives(tokens, 0, None)
    if position != len(tokens):
        raise ValueError(f"{phrase!r}, expected an opening bracket before {tokens[position]!r}")
    unique = tuple(dict.fromkeys(found))
    if () in unique:
        raise ValueError(f"{phrase!r}, expected at least one word that cannot be left out")
    return unique


def words_to_say(phrase: str) -> list[str]:
    """Every word of ``phrase``, each once."""
    return list(dict.fromkeys(word for words in expansions(phrase) for word in words))


def _alternatives(tokens: list[str], position: int, closing: str | None) -> tuple[int, list[Words]]:
    found: list[Words] = []
    while True:
        position, row = _row(tokens, position)
        found += row
        if len(found) > MOST_EXPANSIONS:
            raise ValueError(f"more than {MOST_EXPANSIONS} ways to say it, expected fewer alternatives")
        if position >= len(tokens) or tokens[position] != "|":
            break
        position += 1
    if closing and (position >= len(tokens) or tokens[position] != closing):
        raise ValueError(f"{' '.join(tokens)!r}, expected a closing {closing}")
    return (position + 1 if closing else position), found


def _row(tokens: list[str], position: int) -> tuple[int, list[Words]]:
    parts: list[list[Words]] = []
    while position < len(tokens) and tokens[position] not in ("|", ")", "]"):
        token = tokens[position]
        if token == "(":
            position, inner = _alternatives(tokens, position + 1, ")")
        elif token == "[":
            position, inner = _alternatives(tokens, position + 1, "]")
            inner = [(), *inner]
        else:
            position, inner = position + 1, [tuple(_spoken(token))]
        parts.append(inner)
        if _size(parts) > MOST_EXPANSIONS:
            raise ValueError(f"more than {MOST_EXPANSIONS} ways to say it, expected fewer alternatives")
    return position, [sum(choice, ()) for choice in product(*parts)]


def _size(parts: list[list[Words]]) -> int:
    size = 1
    for part in parts:
        size *= len(part)
    return size


def _spoken(token: str) -> Iterator[str]:
    for word in words_of(token):
        if not word.isdecimal():
            yield word
        elif len(word) <= 2 and (len(word) == 1 or word[0] != "0"):
            yield from in_words(int(word)).split()
        else:
            raise ValueError(f"{word!r}, expected a number in words, as a caller says it")
