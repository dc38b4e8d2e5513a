"""Words that come one by one, of no segment that is known."""

from collections.abc import Callable
from functools import partial
from typing import Any

from appliance.frames import AggregatedTextFrame
from appliance.redaction import Redactor
from appliance.rtvi.said import Gathered, Remark
from appliance.rtvi.transforms import Spoken

Make = Callable[[Spoken], dict[str, Any]]
Mask = Callable[[Spoken], Spoken | None]


class LooseWords:
    """Nobody knows yet whether a number begins with such a word: who gets it masked gets whole sentences instead."""

    def __init__(self) -> None:
        self._gathered = Gathered()
        self._make: Make | None = None

    def add(self, redactor: Redactor, frame: AggregatedTextFrame, make: Make, word: Spoken) -> Mask:
        """Takes a word (or a piece of one) as viewers see it, and returns how it is masked: into a sentence that it
        makes whole, or into nothing. ``make`` makes its message's data.
        """
        if redactor.is_empty:
            return _nothing
        self._make = make
        is_word = frame.aggregated_by == "word"
        return partial(_masked, redactor, self._gathered.add(f"{word.text} " if is_word else word.text))

    def rest(self, redactor: Redactor) -> tuple[Make, Spoken, Mask] | None:
        """What is left when nothing more comes, and how its message is made and masked."""
        remark = self._gathered.rest()
        if self._make is None or not remark.text.strip():
            return None
        return self._make, Spoken(remark.text.strip()), partial(_masked, redactor, remark)

    def clear(self) -> None:
        """Forgets what is not whole: it was cut off."""
        self._gathered.clear()


def _masked(redactor: Redactor, remark: Remark, word: Spoken) -> Spoken | None:
    return Spoken(remark.masked(redactor).strip()) if remark.text.strip() else None


def _nothing(word: Spoken) -> Spoken | None:
    return None
