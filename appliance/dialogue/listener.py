"""Lets a dialogue's engine hear the caller itself, where it can: it gets the sound, and tells the words.

The words come later than the answer, if at all. So a turn stands in the context from its end on, and gets its words
when they are known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Protocol

from appliance.audio.g711 import pcm_to_ulaw
from appliance.frames import (
    CallerTurnFrame,
    Ear,
    Frame,
    InterimTranscriptionFrame,
    LineLostFrame,
    ListeningFrame,
    LLMContext,
    LLMContextFrame,
    Message,
    NoMatchFrame,
    TimerFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.pipeline import AudioListener, FrameDirection

BEFORE_BYTES = 4000
"""Half a second from before the detector was sure."""
_OVER = "utterance is over"


class HearingEngine(Ear, Protocol):
    """An engine that hears a caller and can be talked with."""

    turned: Callable[[bool], None]
    """Called when a turn begins or ends, where the engine detects turns."""
    transcribed: Callable[[Message, str, bool], None]
    """Called with an utterance's message, its words so far, and whether these are all."""

    def run(self, context: LLMContext) -> Coroutine[Any, Any, None]:
        """Keeps the engine at work until it is cancelled."""

    def hear(self, ulaw: bytes) -> None:
        """More of what the caller says, in mu-law."""

    def drop_utterance(self) -> None:
        """What was heard last was none."""

    def end_utterance(self, message: Message) -> bool:
        """The caller's turn is over, its words are to be told with this message; False if there was nothing."""

    def interrupted(self) -> None:
        """The bot was cut off."""


class CallerListener(AudioListener):
    """Stands before the dialogue; does nothing until a ListeningFrame names an engine."""

    handles = (
        ListeningFrame,
        CallerTurnFrame,
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
        LineLostFrame,
        TimerFrame,
        TranscriptionFrame,
        InterimTranscriptionFrame,
    )

    def __init__(self, context: LLMContext) -> None:
        super().__init__(name="Listener")
        self._context = context
        self._engine: HearingEngine | None = None
        self._work: asyncio.Task[None] | None = None
        self._before = bytearray()
        self._voice = False
        self._in_turn = False
        self._is_over = False
        """Whether a turn has just ended that is to be answered."""
        self._hooked = False

    def hear(self, pcm: bytes) -> None:
        """See AudioListener. An engine that detects turns hears everything; others what may be said to the bot."""
        if self._engine is None:
            return
        ulaw = pcm_to_ulaw(pcm)
        if self._engine.detects_turns or self._voice or self._in_turn:
            self._engine.hear(ulaw)
        else:
            self._before += ulaw
            del self._before[:-BEFORE_BYTES]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follows the caller's voice and turns, and who listens."""
        match frame:
            case ListeningFrame():
                self._listen(frame.ear)
            case VADUserStartedSpeakingFrame():
                self._voice_begins()
            case VADUserStoppedSpeakingFrame():
                self._voice = False
                if not self._in_turn and self._engine is not None and not self._engine.detects_turns:
                    self._engine.drop_utterance()
            case UserStartedSpeakingFrame():
                self._in_turn, self._is_over = True, False
            case UserStoppedSpeakingFrame():
                self._in_turn, self._is_over = False, True
                self.inbox.put(self, TimerFrame(_OVER), FrameDirection.DOWNSTREAM)  # Behind a line that is lost.
            case LineLostFrame():
                self._in_turn = self._is_over = False
                if self._engine is not None:
                    self._engine.drop_utterance()
            case TimerFrame():
                await self._answer()
                return
        await self.push_frame(frame, direction)

    def _listen(self, ear: Ear | None) -> None:
        if ear is self._engine:
            return
        if self._work is not None:
            self._work.cancel()
        self._engine, self._work = None, None
        self._before.clear()
        if ear is not None:
            self._begin(ear)  # type: ignore[arg-type]  # who speaks of an ear here has one that can be talked with

    def _begin(self, engine: HearingEngine) -> None:
        if not self._hooked:
            self._hooked = True
            self.inbox.on_interruption.append(self._interrupted)  # Behind the output, which knows what was heard.
        engine.turned = self._turned
        engine.transcribed = self._transcribed
        self._engine = engine
        self._work = self.create_task(engine.run(self._context))

    def _voice_begins(self) -> None:
        self._voice = True
        if self._engine is not None and not self._engine.detects_turns:
            self._engine.hear(bytes(self._before))
        self._before.clear()

    async def _answer(self) -> None:
        """The turn is over: it stands in the context without its words, and the dialogue is asked."""
        if self._engine is None or not self._is_over:
            return
        self._is_over = False
        message: Message = {"role": "user", "content": None}
        if not self._engine.end_utterance(message):
            await self.push_frame(NoMatchFrame())
            return
        await self.supersede()
        self._context.add_message(message)
        await self.push_frame(LLMContextFrame(self._context))

    def _interrupted(self) -> None:
        if self._engine is not None:
            self._engine.interrupted()

    def _turned(self, begins: bool) -> None:
        self.inbox.put(self, CallerTurnFrame(begins), FrameDirection.UPSTREAM)

    def _transcribed(self, message: Message, text: str, is_final: bool) -> None:
        if is_final:
            message["content"] = text
        if text:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            made = TranscriptionFrame if is_final else InterimTranscriptionFrame
            self.inbox.put(self, made(text, timestamp=now), FrameDirection.DOWNSTREAM)
