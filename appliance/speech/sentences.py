"""Text as it streams in, cut into sentences that can be spoken one by one."""

import re

_END = re.compile(r"""(?<=[.!?…])["')\]]*\s+|(?<=[:;])\s*\n|\n{2,}""")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "no", "vs", "etc", "e.g", "i.e", "a.m", "p.m"})


class Sentences:
    """Collects pieces and gives back whole sentences, each with the white space round it removed."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, piece: str) -> list[str]:
        """The sentences that this piece completes."""
        self._text += piece
        sentences, start = [], 0
        for end in _END.finditer(self._text):
            sentence = self._text[start : end.start()].strip()
            if sentence and not _is_abbreviation(sentence):
                sentences.append(self._text[start : end.end()].strip())
                start = end.end()
        self._text = self._text[start:]
        return sentences

    def flush(self) -> list[str]:
        """What is left, as a last sentence."""
        rest, self._text = self._text.strip(), ""
        return [rest] if rest else []


def _is_abbreviation(sentence: str) -> bool:
    """Whether the full stop at the end belongs to a word and not to the sentence."""
    last = sentence.rsplit(None, 1)[-1]
    return last.endswith(".") and last[:-1].lower() in _ABBREVIATIONS
