"""The two ends of the context: what the caller said goes in, and what the caller heard of the bot comes back."""

from __future__ import annotations

import asyncio

from appliance.dialogue.resumption import Resumption
from appliance.frames import (
    AggregatedTextFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    CutReplyFrame,
    Expectation,
    ExpectedAnswersFrame,
    Frame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    KeysAhead,
    LineBackFrame,
    LineLostFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    NoInputFrame,
    NoMatchFrame,
    ReadsKeys,
    ResumeFrame,
    TimerFrame,
    TranscriptionFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection, FrameProcessor

BETWEEN_KEYS_SECS = 3.0
"""How long a further key is waited for, where the dialplan does not say."""
MOST_KEYS = 32
"""So many of the latest are kept."""


class UserContextAggregator(FrameProcessor):
    """Collects what the caller says or keys in a turn, adds it to the context and asks the dialogue for an answer."""

    handles = (
        InputDTMFFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        LineLostFrame,
        LineBackFrame,
        TimerFrame,
        TranscriptionFrame,
        InterimTranscriptionFrame,
        NoMatchFrame,
        CutReplyFrame,
        ExpectedAnswersFrame,
        LLMRunFrame,
        LLMMessagesAppendFrame,
        LLMMessagesUpdateFrame,
    )

    def __init__(self, context: LLMContext, *, no_input_secs: float = 6.0) -> None:
        super().__init__(name="UserContext")
        self._context = context
        self._no_input_secs = no_input_secs
        self.resumption = Resumption()
        self.between_keys_secs = BETWEEN_KEYS_SECS
        """How long a further key is waited for."""
        self._keyed_by: str | None = None
        self._asked: ExpectedAnswersFrame | None = None
        self._heard_for: ExpectedAnswersFrame | None = None
        """What was asked when the caller began to speak."""
        self._keys = ""
        self._in_turn = False
        self._line_lost = False
        self._texts: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._awaits: str | None = None
        """What the timer is for; a timer that was called off too late finds something else here."""

    @property
    def no_input_secs(self) -> float:
        """How long the caller may say nothing after a question; a change counts for the one that is open, too."""
        return self._no_input_secs

    @no_input_secs.setter
    def no_input_secs(self, secs: float) -> None:
        self._no_input_secs = secs
        if self._awaits == "no input":
            self._wait("no input", secs)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Consumes what belongs to a turn, passes on what only tells of it."""
        match frame:
            case TranscriptionFrame():
                self._texts.append(frame.text)
                if not self._in_turn:
                    await self._said()
            case InputDTMFFrame():
                await self._pressed(frame)
            case LLMMessagesAppendFrame() | LLMMessagesUpdateFrame():
                await self._written(frame)
            case LLMRunFrame():
                await self.push_frame(LLMContextFrame(self._context, frame.audio_response))
            case TimerFrame():
                await self._time_is_up(frame)
            case CutReplyFrame():
                self.resumption.cut = frame
            case InterimTranscriptionFrame():
                await self._pass_upstream(frame, direction)
            case _:
                await self._follow(frame, direction)

    async def _written(self, frame: LLMMessagesAppendFrame | LLMMessagesUpdateFrame) -> None:
        """Somebody writes into the context; what wants an answer now takes the place of all that is under way."""
        if frame.run_llm:
            self._keys = ""
            self._wait(None)
            self.resumption.cut = None
            await self.supersede()
        if isinstance(frame, LLMMessagesUpdateFrame):
            self._context.set_messages(frame.messages)
            answer = LLMContextFrame(self._context)
        else:
            self._context.add_messages(frame.messages)
            answer = LLMContextFrame(self._context, frame.audio_response, by=frame.by)
        if frame.run_llm:
            await self.push_frame(answer)

    async def _follow(self, frame: Frame, direction: FrameDirection) -> None:
        """Frames that say how things stand."""
        match frame:
            case NoMatchFrame() if self.inbox.replies.open:
                return  # Keys, or somebody in the caller's place, have been quicker.
            case NoMatchFrame() if self._is_early or self.resumption.is_noise(frame, self._expected):
                self._resume_soon()
                return
            case UserStartedSpeakingFrame():
                self._in_turn = True
                self._heard_for = self._asked
                await self.supersede()  # A reply that began in this very moment, because nobody seemed to speak.
                self._wait_for_nothing()
            case UserStoppedSpeakingFrame():
                self._in_turn = False
            case LineLostFrame() | LineBackFrame():
                self._line_lost = isinstance(frame, LineLostFrame)
                self._in_turn = False
                self._keys = ""
                self._texts.clear()
                self._wait(None)
                self.resumption.cut = None
            case BotStartedSpeakingFrame():
                self.resumption.cut = None
                self._wait_for_nothing()
            case BotStoppedSpeakingFrame() if direction is FrameDirection.UPSTREAM:
                self._wait_for_input()
            case ExpectedAnswersFrame():
                self._asked = frame
                self._wait_for_nothing()
                self._wait_for_input()  # If the question is not spoken, nobody will say that it has been heard.
                await self._use_keys_ahead()
        await self.push_frame(frame, direction)
        if isinstance(frame, UserStoppedSpeakingFrame) and self._texts:
            await self._said()

    async def _said(self) -> None:
        text = " ".join(self._texts)
        self._texts.clear()
        if self._is_early or self.resumption.is_backchannel(text, self._expected):
            self._resume_soon()
            return
        self._keys = ""
        self._wait(None)
        await self._commit(text)

    async def _pressed(self, frame: InputDTMFFrame) -> None:
        await self.push_frame(frame)
        self._keys += frame.button
        self._keyed_by = frame.by
        self._keys = self._keys[-MOST_KEYS:]
        await self._read_keys()

    async def _read_keys(self) -> None:
        """What was keyed is an answer, or more is waited for, or it waits for a question."""
        expectation = self._expected
        if expectation is None or expectation.keys_complete(self._keys):
            await self._keyed()
        elif not isinstance(expectation, KeysAhead):
            self._wait("keys", self.between_keys_secs)

    async def _use_keys_ahead(self) -> None:
        """Keys that were pressed before the question, if they may be an answer to it; others are forgotten."""
        expectation = self._expected
        if not self._keys or isinstance(expectation, KeysAhead):
            return
        if expectation is None or (isinstance(expectation, ReadsKeys) and not expectation.accepts_keys(self._keys)):
            self._keys = ""
        else:
            await self._read_keys()

    async def _keyed(self) -> None:
        keys, self._keys = self._keys, ""
        self._wait(None)
        await self._commit(keys, keys=keys, by=self._keyed_by)

    @property
    def _expected(self) -> Expectation | None:
        return self._asked.expectation if self._asked else None

    @property
    def _is_early(self) -> bool:
        """Whether the caller began to speak while something was looked up, and the question that follows was put since:
        it was listened for something else, and can be no answer.
        """
        before = self._heard_for
        return before is not None and before is not self._asked and isinstance(before.expectation, KeysAhead)

    def _resume_soon(self) -> None:
        if not self._keys:
            self._wait("resume", self.resumption.after_secs)

    async def _resume(self) -> None:
        """Nobody has said anything: what was cut off is said after all."""
        cut, self.resumption.cut = self.resumption.cut, None
        if cut is None:
            self._wait_for_input()
        elif not self.inbox.replies.open:
            await self.push_frame(ResumeFrame(cut))

    async def _commit(self, text: str, *, keys: str | None = None, by: str | None = None) -> None:
        self.resumption.cut = None
        await self.supersede()
        self._context.add_message({"role": "user", "content": text})
        await self.push_frame(LLMContextFrame(self._context, keys=keys, by=by))

    async def _time_is_up(self, frame: TimerFrame) -> None:
        if frame.purpose != self._awaits:
            return
        self._wait(None)
        if frame.purpose == "keys":
            await self._keyed()
        elif frame.purpose == "resume":
            await self._resume()
        elif self.inbox.replies.open:
            self._wait("no input", self._no_input_secs)  # The bot is about to say something itself.
        else:
            await self.push_frame(NoInputFrame())

    def _wait_for_input(self) -> None:
        asked = self._asked is not None and self._asked.expectation is not None
        if asked and not (self._in_turn or self._keys or self._line_lost):
            self._wait("no input", self._no_input_secs)

    def _wait_for_nothing(self) -> None:
        """Somebody speaks; keys that have begun are waited for all the same."""
        if not self._keys:
            self._wait(None)

    def _wait(self, purpose: str | None, secs: float = 0.0) -> None:
        """One timer at a time: for a further key, or for any input at all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaits = purpose
        if purpose is not None:
            self._timer = self.inbox.later(secs, self, TimerFrame(purpose))

    async def _pass_upstream(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is FrameDirection.UPSTREAM:
            await self.push_frame(frame, direction)


class AssistantContextAggregator(FrameProcessor):
    """Adds the bot's words to the context: exactly those the caller has heard."""

    handles = (AggregatedTextFrame, TTSStoppedFrame, LLMFullResponseEndFrame, InterruptionFrame, CancelFrame)

    def __init__(self, context: LLMContext) -> None:
        super().__init__(name="AssistantContext")
        self._context = context
        self._heard: list[str] = []
        self._segment: AggregatedTextFrame | None = None
        self._end = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follows the segments as they are heard."""
        match frame:
            case TTSTextFrame():
                self._word(frame)
            case AggregatedTextFrame():
                self._next_segment(frame)
            case TTSStoppedFrame():
                self._end = len(self._segment.text) if self._segment else 0
                self._next_segment(None)
            case LLMFullResponseEndFrame():
                await self._commit(interrupted=False)
            case InterruptionFrame() | CancelFrame():
                await self._commit(interrupted=True)
        await self.push_frame(frame, direction)

    def _word(self, word: TTSTextFrame) -> None:
        if self._segment is not None:
            at = self._segment.text.find(word.text, self._end)
            self._end = at + len(word.text) if at >= 0 else self._end

    def _next_segment(self, segment: AggregatedTextFrame | None) -> None:
        if self._segment is not None and self._end:
            self._heard.append(self._segment.text[: self._end])
        self._segment, self._end = segment, 0
        if segment is not None and not segment.will_be_spoken:
            self._heard.append(segment.text)
            self._segment = None

    async def _commit(self, *, interrupted: bool) -> None:
        self._next_segment(None)
        text = " ".join(self._heard)
        self._heard.clear()
        if text:
            self._context.add_message({"role": "assistant", "content": text})
            await self.push_frame(AssistantMessageFrame(text, interrupted))


class ContextAggregatorPair:
    """Both aggregators of one context."""

    def __init__(self, context: LLMContext, *, no_input_secs: float = 6.0) -> None:
        self._user = UserContextAggregator(context, no_input_secs=no_input_secs)
        self._assistant = AssistantContextAggregator(context)

    def user(self) -> UserContextAggregator:
        """The one before the dialogue."""
        return self._user

    def assistant(self) -> AssistantContextAggregator:
        """The one behind the output."""
        return self._assistant
