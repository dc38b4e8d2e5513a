"""What is said before a call is recorded: again and again, until it has been heard."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from appliance.dialogue.base import Output, Say, Turn
from appliance.dialogue.processor import DialogueProcessor
from appliance.frames import (
    AggregatedTextFrame,
    CutReplyFrame,
    LLMContext,
    LLMContextFrame,
    LLMTextFrame,
    RecordingAnnouncedFrame,
    ResumeFrame,
    StartFrame,
)
from appliance.speech.canned import CannedSynthesizer
from appliance.speech.tts import TTSProcessor
from tests.pipeline.rig import Rig


class Greets:
    """Says one thing."""

    async def reply(self, turn: Turn) -> AsyncGenerator[Output, Any]:
        """See Dialogue."""
        yield Say("Hello. ")

    def facts(self) -> dict[str, Any]:
        """See Dialogue."""
        return {}


class Call:
    """A dialogue whose call is to be recorded."""

    def __init__(self) -> None:
        self.announcement: str | None = "[wav:recorded.wav] We record."
        self.context = LLMContext([{"role": "user", "content": "hi"}])

        async def no_function(name: str, arguments: Any) -> Any:
            raise AssertionError(name)

        self.processor = DialogueProcessor(Greets(), self.context, no_function, announcement=lambda: self.announcement)
        self.rig = Rig(self.processor)

    @property
    def told(self) -> list[str]:
        """Texts, and where it is known that they have been heard."""
        return [
            frame.text.strip() if isinstance(frame, LLMTextFrame) else "(recorded from here)"
            for frame in self.rig.down
            if isinstance(frame, LLMTextFrame | RecordingAnnouncedFrame)
        ]


async def test_every_reply_begins_with_it_until_it_has_been_heard() -> None:
    call = Call()
    async with call.rig as rig:
        await rig.send(StartFrame())
        assert call.told == ["We record.", "(recorded from here)", "Hello."]
        assert next(frame for frame in rig.down if isinstance(frame, LLMTextFrame)).recording == "recorded.wav"
        rig.down.clear()
        await rig.send(LLMContextFrame(call.context))
        assert call.told == ["We record.", "(recorded from here)", "Hello."]
        rig.down.clear()
        call.announcement = None
        await rig.send(LLMContextFrame(LLMContext([{"role": "user", "content": "once more"}])))
        assert call.told == ["Hello."]


async def test_a_reply_that_nobody_hears_announces_nothing() -> None:
    call = Call()
    async with call.rig as rig:
        await rig.send(LLMContextFrame(call.context, audio_response=False))
        assert call.told == ["Hello."]


async def test_after_a_cough_it_has_been_heard_once_its_rest_is() -> None:
    call = Call()
    async with call.rig as rig:
        rest = [AggregatedTextFrame("record."), AggregatedTextFrame("Hello.")]
        await rig.send(ResumeFrame(CutReplyFrame(rest, is_whole=True)))
        assert call.told == ["record.", "Hello.", "(recorded from here)"]


async def test_a_voice_that_fails_has_announced_nothing() -> None:
    voice = TTSProcessor(CannedSynthesizer(0.0), deadline_secs=0.2)
    async with Rig(voice) as rig:
        await rig.send(LLMTextFrame("We record. ", reply=1), RecordingAnnouncedFrame(reply=1))
        async with asyncio.timeout(5):
            while "EngineFailedFrame" not in [type(frame).__name__ for frame in rig.up]:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0)
        await rig.settle()
        assert "RecordingAnnouncedFrame" not in rig.names()
