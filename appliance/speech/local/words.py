"""Which words the embedded ear can hear, and how they sound: the pronouncing dictionary of its model.

The dictionary is a sorted text of lines ``word PH ON EM``, further pronunciations as ``word(2) ...``; it is searched
where it lies, because a grammar needs a dozen of its 134,000 words and a loaded dictionary costs 20 MB a decoder.
"""

import mmap
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

LANGUAGES = ("en",)
_MOST_PRONUNCIATIONS = 8
_GRAMMAR_BODY = re.compile(r"=(.*?);", re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NOT_WORDS = re.compile(r'<[^>]*>|/[^/]*/|\{[^}]*\}|[|()\[\]*+"]')


def model_folder() -> Path:
    """Where the acoustic model of the embedded ear lies. Found without loading the engine itself."""
    spec = find_spec("pocketsphinx")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package pocketsphinx is not installed")
    return Path(spec.origin).parent / "model" / "en-us"


@cache
def _dictionary() -> mmap.mmap:
    with (model_folder() / "cmudict-en-us.dict").open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@cache
def pronunciations(word: str) -> tuple[str, ...]:
    """How ``word`` may sound, as phones; empty when the dictionary does not have it. Upper or lower case alike."""
    base = word.lower()
    found = []
    for number in range(1, _MOST_PRONUNCIATIONS + 1):
        phones = _line_of(base if number == 1 else f"{base}({number})")
        if phones is None:
            break
        found.append(phones)
    return tuple(found)


def _line_of(entry: str) -> str | None:
    dictionary = _dictionary()
    key = entry.encode() + b" "
    at = 0 if dictionary[: len(key)] == key else dictionary.find(b"\n" + key) + 1
    if at == 0 and dictionary[: len(key)] != key:
        return None
    end = dictionary.find(b"\n", at)
    return dictionary[at + len(key) : end].decode().strip()


def grammar_words(grammar: str) -> list[str]:
    """The words of a JSGF grammar, each once, in the order in which they appear."""
    body = _COMMENT.sub(" ", grammar)
    words = (word for rule in _GRAMMAR_BODY.findall(body) for word in _NOT_WORDS.sub(" ", rule).split())
    return list(dict.fromkeys(words))


def unknown_words(words: list[str], language: str) -> list[str]:
    """Those of ``words`` that the embedded ear cannot hear, because no pronunciation is known for them.

    ``language`` is a tag such as ``en-US``; of a language that the ear does not have, it knows no word.
    """
    if language.lower().replace("_", "-").split("-")[0] not in LANGUAGES:
        return list(words)
    return [word for word in words if not pronunciations(word)]
