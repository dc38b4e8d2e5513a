"""The conversation so far as viewers were shown it (or would have been), for those who come late."""

import re
from collections import OrderedDict
from typing import Any

MOST_ITEMS = 200
LONGEST_TEXT = 2000
"""Characters of one item; a late viewer is told what was said, not given a book."""

_WORD = re.compile(r"\S+")


class Conversation:
    """A fold over the events: who speaks, and what was said. Bounded, and cheap enough to be kept always."""

    def __init__(self) -> None:
        self.user_speaks = False
        self.bot_speaks = False
        self.user_muted = False
        self._items: OrderedDict[object, dict[str, Any]] = OrderedDict()

    def user_said(self, data: dict[str, Any]) -> None:
        """The data of a final ``user-transcription``."""
        item = {"role": "user", "text": data["text"][:LONGEST_TEXT], "timestamp": data["timestamp"]}
        self._add(object(), item)

    def bot_output(self, data: dict[str, Any]) -> None:
        """The data of a ``bot-output``: the newest of a segment counts."""
        item = {"role": "assistant", "text": data["text"][:LONGEST_TEXT], "segment_id": data["segment_id"]}
        if "spoken_status" in data:
            heard = data["spoken_progress"]["accumulated_text"][:LONGEST_TEXT]
            item |= {"spoken_status": data["spoken_status"], "heard": heard}
        self._add(data["segment_id"], item)

    def as_dict(self) -> dict[str, Any]:
        """``{"speaking": {"user", "bot"}, "user_muted", "conversation": [item, ...]}``.

        An item is ``{"role": "user", "text", "timestamp"}`` or ``{"role": "assistant", "text", "segment_id",
        "spoken_status"?, "heard"?}``; the last two are missing where the text is not for speaking.
        """
        return {
            "speaking": {"user": self.user_speaks, "bot": self.bot_speaks},
            "user_muted": self.user_muted,
            "conversation": [dict(item) for item in self._items.values()],
        }

    def _add(self, key: object, item: dict[str, Any]) -> None:
        self._items[key] = item
        if len(self._items) > MOST_ITEMS:
            self._items.popitem(last=False)


def heard_part(text: str, words: list[str]) -> int:
    """How many characters of ``text`` were heard if ``words`` were; takes what it used off the front of ``words``."""
    end = 0
    for match in _WORD.finditer(text):
        if not words or words[0] != match[0]:
            return end
        words.pop(0)
        end = match.end()
    return len(text)
