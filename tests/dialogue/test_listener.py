"""An engine that hears the caller itself: what it gets to hear, and what becomes of a turn."""

import asyncio
from typing import Any

from appliance.audio.g711 import pcm_to_ulaw, ulaw_to_pcm
from appliance.dialogue.listener import CallerListener
from appliance.frames import (
    CallerTurnFrame,
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LineLostFrame,
    ListeningFrame,
    LLMContext,
    LLMContextFrame,
    Message,
    NoMatchFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection, FrameProcessor, Inbox, Pipeline


class Engine:
    """Writes down what it is told."""

    def __init__(self, *, detects_turns: bool = False, understands: bool = True) -> None:
        self.detects_turns = detects_turns
        self.understands = understands
        self.heard = b""
        self.told: list[str] = []
        self.messages: list[Message] = []
        self.context: LLMContext | None = None

    def turned(self, begins: bool) -> None:
        """Is replaced."""

    def transcribed(self, message: Message, text: str, is_final: bool) -> None:
        """Is replaced."""

    async def run(self, context: LLMContext) -> None:
        self.context = context
        try:
            await asyncio.Event().wait()
        finally:
            self.told.append("over")

    def hear(self, ulaw: bytes) -> None:
        self.heard += ulaw

    def drop_utterance(self) -> None:
        self.told.append("dropped")

    def end_utterance(self, message: Message) -> bool:
        self.messages.append(message)
        return self.understands

    def interrupted(self) -> None:
        self.told.append("interrupted")


class Ends(FrameProcessor):
    """Keeps what comes to one end of the row."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        self.frames.append(frame)
        await self.push_frame(frame, direction)


class Row:
    """A listener between two ends."""

    def __init__(self) -> None:
        self.context = LLMContext()
        self.listener = CallerListener(self.context)
        self.line, self.dialogue = Ends(), Ends()
        self.inbox = Inbox()

        async def at_end(frame: Frame) -> None:
            pass

        row = Pipeline([self.line, self.listener, self.dialogue])
        row.link_all(self.inbox, [], at_end, at_end)
        self.pump = asyncio.create_task(self.inbox.run())

    async def listens(self, engine: Engine | None) -> None:
        self.inbox.put(self.listener, ListeningFrame(engine), FrameDirection.UPSTREAM)
        await self.idle()

    async def happens(self, *frames: Frame) -> None:
        for frame in frames:
            self.inbox.put(self.line, frame, FrameDirection.DOWNSTREAM)
        await self.idle()

    async def idle(self) -> None:
        await asyncio.sleep(0)
        await self.inbox.wait_idle()
        await asyncio.sleep(0)

    async def close(self) -> None:
        await self.inbox.close()
        self.pump.cancel()
        await asyncio.gather(self.pump, return_exceptions=True)


def pcm(count: int) -> bytes:
    return ulaw_to_pcm(bytes([count]) * 160)


async def test_what_is_said_is_heard_with_half_a_second_before_and_without_silence() -> None:
    row, engine = Row(), Engine()
    row.listener.hear(pcm(1))
    await row.listens(engine)
    for count in range(10, 50):
        row.listener.hear(pcm(count))
    await row.happens(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame())
    row.listener.hear(pcm(50))
    await row.happens(VADUserStoppedSpeakingFrame())
    row.listener.hear(pcm(51))
    await row.happens(UserStoppedSpeakingFrame())
    row.listener.hear(pcm(52))
    expected = b"".join(pcm_to_ulaw(pcm(count)) for count in range(25, 52))
    assert (engine.heard, engine.context) == (expected, row.context)
    await row.close()


async def test_a_turn_stands_in_the_context_and_is_answered_before_its_words_are_known() -> None:
    row, engine = Row(), Engine()
    await row.listens(engine)
    await row.happens(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    assert row.context.messages == [{"role": "user", "content": None}]
    assert isinstance(row.dialogue.frames[-1], LLMContextFrame)
    engine.transcribed(engine.messages[0], "He", False)
    engine.transcribed(engine.messages[0], "Hello.", True)
    await row.idle()
    assert row.context.messages == [{"role": "user", "content": "Hello."}]
    told: list[Any] = [(type(frame), getattr(frame, "text", "")) for frame in row.dialogue.frames[-2:]]
    assert told == [(InterimTranscriptionFrame, "He"), (TranscriptionFrame, "Hello.")]
    await row.close()


async def test_a_turn_in_which_nothing_was_said_is_no_match() -> None:
    row, engine = Row(), Engine(understands=False)
    await row.listens(engine)
    await row.happens(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    assert isinstance(row.dialogue.frames[-1], NoMatchFrame)
    assert row.context.messages == []
    await row.close()


async def test_a_noise_and_a_line_that_is_lost_are_no_turns() -> None:
    row, engine = Row(), Engine()
    await row.listens(engine)
    await row.happens(VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame())
    assert engine.told == ["dropped"]
    row.inbox.put(row.line, UserStoppedSpeakingFrame(), FrameDirection.DOWNSTREAM)
    row.inbox.put(row.line, LineLostFrame(), FrameDirection.DOWNSTREAM)
    await row.idle()
    assert (engine.told, engine.messages) == (["dropped", "dropped"], [])
    await row.close()


async def test_an_engine_that_detects_turns_hears_everything_and_says_so_upstream() -> None:
    row, engine = Row(), Engine(detects_turns=True)
    await row.listens(engine)
    row.listener.hear(pcm(7))
    assert engine.heard == pcm_to_ulaw(pcm(7))
    await row.happens(VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame())
    assert engine.told == []
    engine.turned(True)
    engine.turned(False)
    await row.idle()
    assert [one.begins for one in row.line.frames if isinstance(one, CallerTurnFrame)] == [True, False]
    await row.close()


async def test_an_interruption_is_told_and_an_engine_that_is_not_listened_to_any_more_is_stopped() -> None:
    row, engine = Row(), Engine()
    await row.listens(engine)
    await row.listens(engine)
    await row.happens(InterruptionFrame())
    assert engine.told == ["interrupted"]
    await row.listens(None)
    await row.happens(InterruptionFrame(), UserStoppedSpeakingFrame())
    row.listener.hear(pcm(1))
    assert (engine.told, engine.heard, row.context.messages) == (["interrupted", "over"], b"", [])
    await row.close()
