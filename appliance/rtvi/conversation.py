"""The conversation so far as viewers were shown it (or would have been), for those who come late."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from appliance.clock import WallClock, iso, wall
from appliance.redaction import MOST_BEFORE, Redactor
from appliance.rtvi.masked_conversation import Item, masked_items, masked_last

MOST_ITEMS = 150
LONGEST_TEXT = 1000
"""Characters of one item; a late viewer is told what was said, not given a book."""

_KEPT = LONGEST_TEXT + MOST_BEFORE
"""Characters: enough to know what a number is that is cut off at the end of the longest text."""

_WORD = re.compile(r"\S+")


class Conversation:
    """A fold over the events: what was said, or typed on the telephone's keys. Bounded, and cheap enough to be kept
    always.
    """

    def __init__(self, clock: WallClock = wall) -> None:
        self.on_said: Callable[[], None] = lambda: None
        """Called when there are new last words."""
        self._clock = clock
        self._items: OrderedDict[object, dict[str, Any]] = OrderedDict()

    def user_said(self, data: dict[str, Any]) -> None:
        """The data of a final ``user-transcription``."""
        item = {"role": "user", "text": data["text"][:_KEPT], "timestamp": data["timestamp"]}
        self._add(object(), item)

    def user_pressed(self, keys: str, by: str | None = None) -> None:
        """Keys, once the dialogue has taken them for an answer: the telephone's, or ``by`` a supervisor."""
        item = {"role": "user", "text": keys[:_KEPT], "timestamp": iso(self._clock()), "keys": True}
        self._add(object(), item if by is None else item | {"by": by})

    def user_typed(self, text: str, by: str) -> None:
        """What a supervisor wrote in the user's place."""
        self._add(object(), {"role": "user", "text": text[:_KEPT], "timestamp": iso(self._clock()), "by": by})

    def bot_output(self, data: dict[str, Any]) -> None:
        """The data of a ``bot-output``: the newest of a segment counts, the time is that of the first."""
        id_ = data["segment_id"]
        item = self._items.get(id_)
        is_new = item is None
        if item is None:
            item = {"role": "assistant", "timestamp": iso(self._clock()), "segment_id": id_}
        item["text"] = data["text"][:_KEPT]
        if "spoken_status" in data:
            item["spoken_status"] = data["spoken_status"]
            item["heard"] = data["spoken_progress"]["accumulated_text"][:_KEPT]
            if item["spoken_status"] == "completed":
                item.pop("interrupted", None)
        if is_new:
            self._add(id_, item)

    def interrupted(self) -> None:
        """What has not been spoken to its end is cut off, unless its last words turn out to have been heard."""
        for item in self._items.values():
            if item.get("spoken_status", "completed") != "completed":
                item["interrupted"] = True

    def last(self, redactor: Redactor | None = None) -> dict[str, Any] | None:
        """The newest item; with ``redactor`` masked."""
        if not self._items:
            return None
        if redactor is None or redactor.is_empty:
            return _cut(self._items[next(reversed(self._items))])
        return masked_last(list(self._items.values()), redactor, LONGEST_TEXT)

    def as_list(self, redactor: Redactor | None = None) -> list[dict[str, Any]]:
        """The items, oldest first; with ``redactor`` masked, and better than they were live: what follows is known.

        An item is ``{"role": "user", "text", "timestamp", "keys"?: true, "by"?: name}``, ``by`` where a supervisor
        stood in for the user, or ``{"role": "assistant", "text", "timestamp", "segment_id", "spoken_status"?, "heard"?,
        "interrupted"?: true}``; status and what was heard are missing where the text is not for speaking.
        ``timestamp`` is ISO 8601, UTC.
        """
        if redactor is None or redactor.is_empty:
            return [_cut(item) for item in self._items.values()]
        return masked_items(list(self._items.values()), redactor, LONGEST_TEXT)

    def _add(self, key: object, item: dict[str, Any]) -> None:
        self._items[key] = item
        if len(self._items) > MOST_ITEMS:
            self._items.popitem(last=False)
        self.on_said()


def _cut(item: Item) -> Item:
    return {name: value[:LONGEST_TEXT] if name in ("text", "heard") else value for name, value in item.items()}


def heard_part(text: str, words: list[str]) -> int:
    """How many characters of ``text`` were heard if ``words`` were; takes what it used off the front of ``words``."""
    end = 0
    for match in _WORD.finditer(text):
        if not words or words[0] != match[0]:
            return end
        words.pop(0)
        end = match.end()
    return len(text)
