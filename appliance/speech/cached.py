"""Sentences that have been spoken before are not synthesized again: an engine elsewhere costs time and money.

What was said is kept on disk as it was heard, with its word times, by engine, voice, language and text. Only whole
sentences are kept. A disk that is slow or fails costs the caller nothing: the engine is asked instead.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import cast

from appliance.failover import GaveUp
from appliance.speech.base import SAMPLE_RATE_HZ, SpeechAudio, SpeechPiece, SpokenWord, Synthesizer, WordTimes
from appliance.speech.shelf import Shelf

READ_SECS = 0.25
"""How long the disk may take: not longer than an engine would."""
_PIECE_BYTES = SAMPLE_RATE_HZ * 2 // 5
_LENGTH_BYTES = 4

Piece = SpeechAudio | WordTimes


class CachedSynthesizer:
    """A Synthesizer that asks ``inner`` only for what is not on the ``shelf``. ``engine`` tells engines apart.

    Of several engines the ``first`` is meant: what others say in its place is not kept.
    """

    def __init__(self, inner: Synthesizer, shelf: Shelf, engine: str, *, first: str | None = None) -> None:
        self._inner = inner
        self._shelf = shelf
        self._engine = engine
        self._first = first
        self._writing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Waits until all is written."""
        await asyncio.gather(*self._writing)

    async def synthesize(self, text: str, *, language: str, voice: str | None = None) -> AsyncIterator[SpeechPiece]:
        """See Synthesizer."""
        asked = json.dumps([self._engine, voice, language, text])
        name = hashlib.sha256(asked.encode()).hexdigest()
        if (kept := await self._kept(name)) is not None:
            for one in _unpacked(kept):
                yield one
            return
        pieces: list[Piece] = []
        stream = cast("AsyncGenerator[SpeechPiece, None]", self._inner.synthesize(text, language=language, voice=voice))
        is_first_choice = True
        async with contextlib.aclosing(stream):
            async for piece in stream:
                if isinstance(piece, SpeechAudio | WordTimes):
                    pieces.append(piece)
                elif isinstance(piece, GaveUp) or piece.engine != (self._first or piece.engine):
                    is_first_choice = False
                yield piece
        if is_first_choice and any(isinstance(piece, SpeechAudio) and piece.pcm for piece in pieces):
            self._keep(name, _packed(pieces))

    async def _kept(self, name: str) -> bytes | None:
        try:
            async with asyncio.timeout(READ_SECS):
                return await asyncio.to_thread(self._shelf.get, name)
        except TimeoutError:
            return None

    def _keep(self, name: str, piece: bytes) -> None:
        task = asyncio.create_task(asyncio.to_thread(self._shelf.put, name, piece), name="cache")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


def _packed(pieces: list[Piece]) -> bytes:
    """The words' times as JSON behind its length, then the audio."""
    words = [(w.text, w.start_ms, w.end_ms) for times in pieces if isinstance(times, WordTimes) for w in times.words]
    head = json.dumps(words).encode()
    audio = b"".join(piece.pcm for piece in pieces if isinstance(piece, SpeechAudio))
    return len(head).to_bytes(_LENGTH_BYTES, "big") + head + audio


def _unpacked(kept: bytes) -> Iterator[Piece]:
    start = _LENGTH_BYTES + int.from_bytes(kept[:_LENGTH_BYTES], "big")
    yield WordTimes(tuple(SpokenWord(*word) for word in json.loads(kept[_LENGTH_BYTES:start])))
    for at in range(start, len(kept), _PIECE_BYTES):
        yield SpeechAudio(kept[at : at + _PIECE_BYTES])
