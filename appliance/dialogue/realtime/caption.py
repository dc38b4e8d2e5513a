"""An answer's audio and the words that it says, brought together.

The server sends a transcript beside the audio, as a rule well ahead of it, and says nowhere which word is where. So
each stretch of audio gets the words that it is long enough for, at the pace at which this voice has spoken so far:
a whole sentence where it is known by then. Not a sample waits for that, except at the very beginning, where audio
waits for its first words for a moment.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator

from appliance.audio.g711 import ulaw_to_pcm
from appliance.frames import TimedWord

BYTES_PER_MS = 8
HOLD_MS = 400
"""So much audio waits for its first words."""
UNKNOWN = "…"
"""Stands for words that the server does not tell."""
USUAL_PACE = 65.0
"""Milliseconds a character: about fifteen a second."""
_SLOWEST, _FASTEST = 200.0, 30.0
_SENTENCE = re.compile(r"[.!?…][\"')]*\s")


class Pace:
    """How fast a voice speaks, in milliseconds a character; learnt from whole answers."""

    def __init__(self) -> None:
        self.ms = USUAL_PACE

    def learn(self, characters: int, ms: float) -> None:
        """An answer of so many characters has taken so long."""
        if characters >= 20:
            self.ms = min(_SLOWEST, max(_FASTEST, (self.ms + ms / characters) / 2))


class Caption:
    """A stretch of an answer's audio with its words: a Voiced."""

    def __init__(self, text: str, ms: float) -> None:
        """``ms`` is how long the text takes, as far as one can tell."""
        self.text = text
        self.expected_ms = ms
        self.length_ms = 0.0
        self.heard_ms = 0.0
        self.was_heard = False
        """Whether all of it was."""
        self._audio: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._closed = False

    @property
    def words(self) -> list[TimedWord]:
        """See Voiced: each word takes its share of the time."""
        share = self.expected_ms / max(1, len(self.text))
        found = re.finditer(r"\S+", self.text)
        return [TimedWord(word[0], round(word.start() * share), round(word.end() * share)) for word in found]

    def add(self, ulaw: bytes) -> None:
        """More of its audio."""
        self._audio.append(ulaw)
        self.length_ms += len(ulaw) / BYTES_PER_MS
        self._more.set()

    def close(self) -> None:
        """Its audio is complete, or will never be."""
        self._closed = True
        self._more.set()

    async def audio(self) -> AsyncIterator[bytes]:
        """See Voiced."""
        while True:
            while self._audio:
                yield ulaw_to_pcm(self._audio.popleft())
            if self._closed:
                return
            self._more.clear()
            await self._more.wait()

    def heard(self, ms: int | None = None) -> None:
        """See Voiced."""
        self.was_heard = self.was_heard or ms is None
        self.heard_ms = self.length_ms if ms is None else min(float(ms), self.length_ms)


class SpokenItem:
    """One item of an answer, as it is spoken. What gives captions gives those that begin now."""

    def __init__(self, item_id: str, pace: Pace) -> None:
        self.id = item_id
        self.captions: list[Caption] = []
        self._pace = pace
        self._text = ""
        """What belongs to no caption yet."""
        self._held = bytearray()
        """Audio that waits for its first words."""
        self._characters = 0
        self.is_finished = False
        """Whether all of it is there."""

    def add_text(self, delta: str) -> list[Caption]:
        """More of the transcript."""
        self._text += delta
        self._characters += len(delta)
        return self._release() if self._held else []

    def add_audio(self, ulaw: bytes) -> list[Caption]:
        """More audio."""
        current = self.captions[-1] if self.captions else None
        if current is None:
            self._held += ulaw
            return self._release()
        if current.length_ms < current.expected_ms or not (text := self._next_text()):
            current.add(ulaw)
            return []
        return [self._begin(text, ulaw)]

    def finish(self) -> list[Caption]:
        """Everything is there: what is left of the text goes with what is left of the audio."""
        if self.is_finished:
            return []
        self.is_finished = True
        self._pace.learn(self._characters, self.made_ms)
        rest = self._text.strip()
        begun = [self._begin(rest or UNKNOWN, bytes(self._held))] if rest or self._held else []
        self._text = ""
        self._held.clear()
        self.close()
        return begun

    def close(self) -> None:
        """Nothing more comes."""
        if self.captions:
            self.captions[-1].close()

    @property
    def made_ms(self) -> float:
        """How much audio there is."""
        return sum(caption.length_ms for caption in self.captions) + len(self._held) / BYTES_PER_MS

    @property
    def heard_ms(self) -> float:
        """How much of it was heard."""
        heard = 0.0
        for caption in self.captions:
            heard += caption.length_ms if caption.was_heard else caption.heard_ms
            if not caption.was_heard:
                break
        return heard

    @property
    def was_heard(self) -> bool:
        """Whether all of it was."""
        return not self._held and all(caption.was_heard for caption in self.captions)

    def _release(self) -> list[Caption]:
        """The audio that waits begins with the words that there are, or without any if none come."""
        text = self._next_text()
        if not text and len(self._held) < HOLD_MS * BYTES_PER_MS:
            return []
        held = bytes(self._held)
        self._held.clear()
        return [self._begin(text or UNKNOWN, held)]

    def _begin(self, text: str, ulaw: bytes) -> Caption:
        self.close()
        caption = Caption(text, len(text) * self._pace.ms)
        if ulaw:
            caption.add(ulaw)
        self.captions.append(caption)
        return caption

    def _next_text(self) -> str:
        """The next sentence, or else the whole words that there are of it."""
        sentence = _SENTENCE.search(self._text)
        end = sentence.end() if sentence else self._text.rfind(" ") + 1
        text, rest = self._text[:end].strip(), self._text[end:]
        if not any(map(str.isalnum, text)):
            return ""
        self._text = rest
        return text
