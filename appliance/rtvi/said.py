"""What one side of a call says, remark by remark: a number may begin in one and go on in the next."""

from typing import NamedTuple

from appliance.redaction import MOST_BEFORE, Redactor
from appliance.redaction.rows import lowered, most_digits, rows
from appliance.rtvi.sentences import Sentences

A_NUMBER = 5
"""So many digits at the end of a text that goes on may become one that is sensitive."""


class Remark(NamedTuple):
    """A text, and what the same speaker had said just before it; both as they were."""

    text: str
    before: str = ""

    def masked(self, redactor: Redactor) -> str:
        """The text without what is sensitive. Spaces in front of it remain: pieces of a text still join to it."""
        text = self.text.lstrip()
        return self.text[: len(self.text) - len(text)] + redactor.mask(text, self.before)

    def masked_so_far(self, redactor: Redactor) -> str:
        """The same while more of the text may follow: a number at its end is not shown yet, it may become anything."""
        text = lowered(self.text)
        ends = (row.start for row in rows(text) if row.is_open and len(row.digits) >= A_NUMBER)
        end = next(ends, len(text)) if most_digits(text) >= A_NUMBER else len(text)
        return redactor.masked(self.text, self.before).cut(end)[0]


NOTHING = Remark("")


class Said:
    """The last words of one speaker."""

    __slots__ = ("text",)

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> Remark:
        """Takes what is said now."""
        remark = Remark(text, self.text)
        self.text = f"{self.text} {text}"[-MOST_BEFORE:]
        return remark


class Gathered:
    """A text that comes in pieces, held back until there are sentences: a number may be split over the pieces."""

    def __init__(self) -> None:
        self._sentences = Sentences()
        self._said = Said()

    def add(self, piece: str) -> Remark:
        """Takes a piece, and returns what is whole by now; an empty text if nothing is."""
        whole = self._sentences.add(piece)
        return self._said.add(whole) if whole else NOTHING

    def rest(self) -> Remark:
        """What is left when nothing more comes."""
        rest = self._sentences.rest()
        return self._said.add(rest) if rest else NOTHING

    def clear(self) -> None:
        """Forgets what is not whole: it was cut off."""
        self._sentences.clear()
