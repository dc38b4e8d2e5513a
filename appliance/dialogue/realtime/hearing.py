"""The caller's audio on its way to the server, and the transcripts that come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from appliance.dialogue.realtime import wire
from appliance.frames import Message

CHUNK_BYTES = 480
"""60 ms: a third of the messages that a line has, and no turn ends noticeably later."""
LEAST_BYTES = 800
"""The server takes no utterance of less than 100 ms."""
MOST_AT_ONCE_BYTES = 4000
MOST_EARLY = 16
"""Items whose words wait for the end of their utterance."""
MOST_BYTES = 8000 * 60
"""So much of an utterance is sent again where a connection is made anew."""

Transcribed = Callable[[Message, str, bool], None]


class Hearing:
    """What the caller says, utterance by utterance. ``transcribed`` is told the words of each, and whether all."""

    def __init__(self, send: Callable[[str], None], transcribed: Transcribed, *, commits: bool) -> None:
        """``commits``: whether the server has to be told where an utterance ends."""
        self._send = send
        self._transcribed = transcribed
        self._commits = commits
        self._unsent = bytearray()
        self._utterance = bytearray()
        """All of it so far, for a connection that is made anew."""
        self._unread: tuple[Message, bytes] | None = None
        """The latest utterance, until it has been written down."""
        self._ended: deque[Message] = deque()
        """Utterances, by their messages in the context, whose items are not known yet."""
        self._committed: deque[str] = deque()
        """Items whose utterances are not known yet."""
        self._messages: dict[str, Message] = {}
        self._words: dict[str, tuple[str, bool]] = {}
        """What is known of each item's words, and whether it is all."""

    def hear(self, ulaw: bytes) -> None:
        """More audio."""
        self._unsent += ulaw
        if self._commits:
            self._utterance += ulaw
            del self._utterance[:-MOST_BYTES]
        if len(self._unsent) >= CHUNK_BYTES:
            self._flush()

    def end(self, message: Message) -> bool:
        """The utterance is over; its words will be in ``message``. False if there was none to speak of."""
        self._flush()
        if self._commits:
            if len(self._utterance) < LEAST_BYTES:
                self.drop()
                return False
            self._send(wire.COMMIT)
            self._unread = message, bytes(self._utterance)
        self._utterance.clear()
        self._ended.append(message)
        self._pair()
        return True

    def drop(self) -> None:
        """What was heard was no utterance."""
        self._unsent.clear()
        if self._utterance or not self._commits:
            self._send(wire.CLEAR)
        self._utterance.clear()
        if not self._commits:
            self._committed.clear()  # Nobody says where an utterance ends that was dropped.

    def again(self) -> None:
        """The connection is new: it gets the utterance of which nobody knows the words, and the one that goes on."""
        self._ended.clear()
        self._committed.clear()
        self._messages.clear()
        self._words.clear()
        self._unsent.clear()
        if self._unread is not None:
            message, utterance = self._unread
            self._send_all(utterance)
            self._send(wire.COMMIT)
            self._ended.append(message)
        if self._commits:
            self._send_all(bytes(self._utterance))

    def committed(self, event: wire.Event) -> None:
        """The server has made an item of an utterance."""
        self._committed.append(event["item_id"])
        self._pair()

    def words(self, event: wire.Event) -> None:
        """Some words of an utterance."""
        so_far, _ = self._words.get(event["item_id"], ("", False))
        self._tell(event["item_id"], so_far + (event.get("delta") or ""), False)

    def all_words(self, event: wire.Event) -> None:
        """All of them; none where the transcription has failed."""
        text = event.get("transcript")
        self._tell(event["item_id"], text if isinstance(text, str) else "", True)

    def _tell(self, item_id: str, text: str, is_final: bool) -> None:
        """Words may be quicker than the end of their utterance: then they wait for it."""
        self._words[item_id] = text, is_final
        message = self._messages.get(item_id)
        if message is None:
            while len(self._words) > MOST_EARLY:
                del self._words[next(iter(self._words))]
            return
        if is_final:
            del self._messages[item_id], self._words[item_id]
            if self._unread is not None and self._unread[0] is message:
                self._unread = None
        self._transcribed(message, text.strip(), is_final)

    def _pair(self) -> None:
        while self._ended and self._committed:
            item_id = self._committed.popleft()
            self._messages[item_id] = self._ended.popleft()
            if item_id in self._words:
                self._tell(item_id, *self._words[item_id])

    def _send_all(self, ulaw: bytes) -> None:
        for start in range(0, len(ulaw), MOST_AT_ONCE_BYTES):
            self._send(wire.append(ulaw[start : start + MOST_AT_ONCE_BYTES]))

    def _flush(self) -> None:
        if self._unsent:
            self._send(wire.append(bytes(self._unsent)))
            self._unsent.clear()
