"""Whole sentences of a text that comes in pieces."""

import re

LONGEST_SENTENCE = 2000
"""Characters; what is longer is taken for whole."""

_END = re.compile(r"(?<![0-9])[.!?…]+[\"'”’)\]]*(?=\s|$)|(?<=[0-9])[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+")
"""A full stop right after a digit may be in the middle of a number as long as nothing follows it."""

_MARK = re.compile(r"[.!?…。！？]")
"""Without one of these nothing ends, which is quickly seen."""


class Sentences:
    """Gathers pieces until a sentence is whole. Nothing is lost: what is returned joins to what came, spaces too."""

    def __init__(self) -> None:
        self._text = ""
        self._may_end = False
        """Whether there is a mark in it."""

    def add(self, piece: str) -> str:
        """Takes a piece, and returns what is whole by now; empty if nothing is."""
        self._text += piece
        self._may_end = self._may_end or _MARK.search(piece) is not None
        if not self._may_end and len(self._text) <= LONGEST_SENTENCE:
            return ""
        end = max((match.end() for match in _END.finditer(self._text)), default=0)
        if len(self._text) > LONGEST_SENTENCE:
            end = len(self._text)
        whole, self._text = self._text[:end], self._text[end:]
        self._may_end = _MARK.search(self._text) is not None
        return whole

    def rest(self) -> str:
        """What is left when nothing more comes."""
        whole = self._text
        self.clear()
        return whole

    def clear(self) -> None:
        """Forgets what is not whole."""
        self._text, self._may_end = "", False
