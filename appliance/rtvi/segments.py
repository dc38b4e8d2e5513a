"""A segment of what the bot says, on its way to the caller's ear, and how it looks masked."""

from dataclasses import dataclass, field

from appliance.frames import AggregatedTextFrame
from appliance.redaction import Masked, Redactor
from appliance.rtvi.transforms import Spoken

FINE_TYPES = frozenset({"word", "token"})
"""Segments this fine are no ``bot-output`` for clients of protocol 2: word progress tells the same."""

Place = tuple[int, int]
"""Characters of a segment's text, from and to (not included)."""


@dataclass(slots=True)
class Segment:
    """A segment. ``before`` is what the bot had said before it."""

    frame: AggregatedTextFrame
    redactor: Redactor
    before: str = ""
    is_skipped: bool = False
    """Whether viewers are told nothing of it."""
    is_completed: bool = False
    _found: int = 0
    _masked: tuple[str, Masked] | None = field(default=None, repr=False)

    @property
    def is_fine(self) -> bool:
        """Whether it is no more than a word: whether something sensitive begins with it is not known yet."""
        return self.frame.aggregated_by in FINE_TYPES

    def find(self, word: str) -> Place | None:
        """Where the next word is, together with what stands between it and the one before; None if it is not there."""
        at = self.frame.text.find(word, self._found)
        if at < 0:
            return None
        begin, self._found = self._found, at + len(word)
        return begin, self._found

    def masked(self, spoken: Spoken) -> Spoken:
        """The text masked; what was heard of it and what was not still join to it where they did."""
        text = self._of(spoken.text)
        if spoken.accumulated is None:
            return Spoken(text.text)
        whole = spoken.accumulated + (spoken.remaining or "")
        progress = text if whole == spoken.text else self.redactor.masked(whole, self.before)
        return Spoken(text.text, *progress.cut(len(spoken.accumulated)))

    def masked_word(self, place: Place | None, word: Spoken) -> Spoken | None:
        """What is shown of a word: the first one of a sensitive span gives its mask, the others nothing."""
        text = self.frame.text
        masked = self._of(text)
        if place is None:  # The engine says it in other words than it was written: "five dollars" for "$5".
            return None if masked.spans else Spoken(self.redactor.mask(word.text))
        begin, end = place
        shown = masked.cut(end)[0][len(masked.cut(begin)[0]) :]
        if shown == text[begin:end]:
            return word if word.text in shown else Spoken(self.redactor.mask(word.text))
        return Spoken(shown.strip()) if shown.strip() else None

    def _of(self, text: str) -> Masked:
        """The same text is asked for at each of its words."""
        if self._masked is None or self._masked[0] != text:
            self._masked = (text, self.redactor.masked(text, self.before))
        return self._masked[1]
