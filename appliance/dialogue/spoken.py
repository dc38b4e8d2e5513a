"""What a language model writes, as it can be spoken: no thoughts, no markup, no pictures, no foreign script."""

import re
import unicodedata
from collections.abc import Callable

from appliance.errors import EngineError

LETTERS = 12
"""So many letters are looked at, or a whole sentence, before anything is said: then the script is known."""
_THOUGHTS = ("<think>", "</think>")
_SENTENCE = re.compile(r"[.!?…]")
_MARKUP = str.maketrans("[]{}_|", "()()  ", "*`#~")
_BULLETS = " \t-–•>"
_UNSPEAKABLE = ("C", "So", "Sk")
"""Categories of characters that no voice can say: control characters, pictures, modifiers."""


class Spoken:
    """Takes an answer piece by piece and gives back what of it can be said."""

    def __init__(self, language: str = "en") -> None:
        """``language`` is a tag such as en, de or ru-RU."""
        self._is_own = _letters_of(language)
        self._raw = ""
        """What is not known yet to be a thought or not."""
        self._thinks = False
        self._may_think = True
        self._held = ""
        self._is_let_out = False
        self._at_line_start = True
        self._last = ""
        """The last character that was not a space."""
        self._letters = 0
        self._foreign = 0
        self.has_words = False
        """Whether there was anything to say so far."""

    def add(self, piece: str) -> str:
        """What can be said now. Raises EngineError where a script begins that the voice cannot read."""
        text = self._plain(self._without_thoughts(piece))
        self._count(text)
        self._held += text
        if not self._is_let_out and self._letters < LETTERS and not _SENTENCE.search(self._held):
            return ""
        return self._let_out()

    def finish(self) -> str:
        """What is left at the end."""
        rest = "" if self._thinks else self._plain(self._raw)
        self._raw = ""
        self._count(rest)
        self._held += rest
        return self._let_out()

    def _let_out(self) -> str:
        if self._foreign * 2 > self._letters:
            raise EngineError("The language model answered in a script that is not the language's.")
        text, self._held = self._held, ""
        self.has_words = self.has_words or any(map(str.isalnum, text))
        self._is_let_out = self._is_let_out or self.has_words
        return text if self.has_words else ""

    def _without_thoughts(self, piece: str) -> str:
        """Some models think aloud before they answer, and some servers let it through."""
        if not self._may_think:
            return piece
        self._raw += piece
        begin, end = _THOUGHTS
        start = self._raw.lstrip()
        if not self._thinks and start.startswith(begin):
            self._thinks = True
        if self._thinks:
            _, found, rest = self._raw.partition(end)
            if not found:
                return ""
            self._thinks = False
        elif begin.startswith(start):
            return ""  # Perhaps it is the beginning of a thought.
        else:
            rest = self._raw
        self._may_think = False
        self._raw = ""
        return rest

    def _plain(self, text: str) -> str:
        return "".join(self._character(character) for character in text.translate(_MARKUP))

    def _character(self, character: str) -> str:
        if character in "\r\n":
            stop = "." if self._last.isalnum() else ""
            self._at_line_start, self._last = True, stop or self._last
            return f"{stop} "
        if self._at_line_start and character in _BULLETS:
            return ""
        if unicodedata.category(character).startswith(_UNSPEAKABLE):
            return ""
        self._at_line_start = False
        if not character.isspace():
            self._last = character
        return character

    def _count(self, text: str) -> None:
        for character in text:
            if character.isalpha():
                self._letters += 1
                self._foreign += not self._is_own(character)


_SCRIPTS = {
    "ar": ("ARABIC",),
    "bg": ("CYRILLIC",),
    "el": ("GREEK",),
    "fa": ("ARABIC",),
    "he": ("HEBREW",),
    "hi": ("DEVANAGARI",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "ko": ("HANGUL",),
    "mk": ("CYRILLIC",),
    "mr": ("DEVANAGARI",),
    "ru": ("CYRILLIC",),
    "th": ("THAI",),
    "uk": ("CYRILLIC",),
    "ur": ("ARABIC",),
    "zh": ("CJK",),
}
"""Languages that are written in other letters than Latin ones, by how Unicode calls these."""


def _letters_of(language: str) -> Callable[[str], bool]:
    """Tells the letters of the language's script from others."""
    scripts = _SCRIPTS.get(language.partition("-")[0])
    return _is_latin if scripts is None else lambda letter: unicodedata.name(letter, "").startswith(scripts)


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"
