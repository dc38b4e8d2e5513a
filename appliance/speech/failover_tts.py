"""Several synthesizers as one: where one refuses, makes no sound or stops, the next speaks the sentence.

What was begun is begun anew, in the other voice: half a sentence by one and half by another is harder to understand.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import cast

from appliance.errors import EngineError
from appliance.failover import GaveUp, Lineup, Serving, Share
from appliance.speech.base import SpeechAudio, SpeechPiece, Synthesizer

IDLE_SECS = 2.0
"""How long an engine may be silent in the middle of a sentence."""


class FailoverSynthesizer:
    """A Synthesizer. ``first_secs`` limits the wait for the first sound, of all engines together.

    ``voices`` are those of the engines by name; the ``voice`` that is asked for is the first choice's.
    """

    def __init__(
        self,
        lineup: Lineup[Synthesizer],
        *,
        first_secs: float = 4.0,
        idle_secs: float = IDLE_SECS,
        voices: Mapping[str, str] | None = None,
    ) -> None:
        self.lineup = lineup
        self._first_secs = first_secs
        self._idle_secs = idle_secs
        self._voices = dict(voices or {})

    async def synthesize(self, text: str, *, language: str, voice: str | None = None) -> AsyncIterator[SpeechPiece]:
        """See Synthesizer."""
        deadline = asyncio.get_running_loop().time() + self._first_secs
        for turn in self.lineup.turns():
            member = turn.member
            chosen = voice if member is self.lineup.members[0] and voice else self._voices.get(member.name)
            speech = _Speech(turn, self._idle_secs)
            stream = member.engine.synthesize(text, language=language, voice=chosen)
            try:
                async with contextlib.aclosing(cast("AsyncGenerator[SpeechPiece, None]", stream)) as pieces:
                    async for piece in speech.heard(pieces, text, deadline):
                        yield piece
            except EngineError as error:
                member.health.failed(str(error))
                if not turn.rest:
                    raise
                yield GaveUp(member.name, str(error))
                if speech.has_begun:
                    deadline = asyncio.get_running_loop().time() + self._first_secs
            else:
                member.health.succeeded()
                return


class _Speech:
    """One engine's, with limits for its silence."""

    def __init__(self, turn: Share[Synthesizer], idle_secs: float) -> None:
        self.has_begun = False
        self._turn = turn
        self._idle_secs = idle_secs

    async def heard(
        self, pieces: AsyncGenerator[SpeechPiece, None], text: str, deadline: float
    ) -> AsyncIterator[SpeechPiece]:
        """The pieces, the first sound with who makes it. Raises EngineError when none or no more comes."""
        loop, name = asyncio.get_running_loop(), self._turn.member.name
        first_secs = self._turn.secs(max(deadline - loop.time(), 0.0))
        first_at = loop.time() + first_secs
        while True:
            try:
                async with asyncio.timeout_at(loop.time() + self._idle_secs if self.has_begun else first_at):
                    piece = await anext(pieces, None)
            except TimeoutError:
                how = f"stopped for {self._idle_secs:g} s" if self.has_begun else f"made no sound in {first_secs:.2g} s"
                raise EngineError(f"The synthesizer {name} {how}.") from None
            if piece is None:
                break
            if not self.has_begun and isinstance(piece, SpeechAudio):
                self.has_begun = True
                yield Serving(name, self._turn.member.model)
            yield piece
        if not self.has_begun:
            raise EngineError(f"The synthesizer {name} made no audio of {len(text)} characters.")
