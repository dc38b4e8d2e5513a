"""What an engine has spoken itself goes the way of all speech, and the engine learns what of it was heard."""

from collections.abc import AsyncIterator

import pytest

from appliance.clock import ManualClock
from appliance.dialogue.aggregators import AssistantContextAggregator
from appliance.dialogue.realtime.caption import Caption
from appliance.frames import (
    AggregatedTextFrame,
    InterruptionFrame,
    LLMContext,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSTextFrame,
)
from appliance.pipeline.transport import BaseOutputTransport
from appliance.speech.canned import CannedSynthesizer
from appliance.speech.tts import TTSProcessor
from tests.dialogue.realtime.sessions import voice
from tests.pipeline.rig import Rig


class Output(BaseOutputTransport):
    """A carrier that plays everything."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.played = b""

    def write_audio(self, pcm: bytes) -> None:
        self.played += pcm

    def write_mark(self, name: str) -> None:
        """Marks come when a test says so."""
        self.newest_mark = name

    def write_clear(self) -> None:
        """Nothing is played any more."""


class Speaking:
    """The voice, the output and the context; a reply of two captions, a second and two."""

    def __init__(self) -> None:
        self.clock = ManualClock(50.0)
        self.output = Output(self.clock)
        self.context = LLMContext()
        tts = TTSProcessor(CannedSynthesizer(0.5))
        self.rig = Rig(tts, self.output, AssistantContextAggregator(self.context))
        self.captions = [Caption("One two.", 1000), Caption("Three four five.", 2000)]

    async def reply(self, *, aloud: bool = True) -> None:
        number = self.rig.inbox.replies.begin()
        await self.rig.send(LLMFullResponseStartFrame(aloud, reply=number))
        for caption, secs in zip(self.captions, (1, 2), strict=True):
            caption.add(voice(secs))
            caption.close()
            await self.rig.send(LLMTextFrame(f"{caption.text} ", voiced=caption, reply=number))
        await self.rig.send(LLMFullResponseEndFrame(reply=number))
        if aloud:
            await self.rig.until(lambda: len(self.output.played) >= 40_000)
            await self.rig.settle()


@pytest.fixture
async def speaking() -> AsyncIterator[Speaking]:
    speaking = Speaking()
    async with speaking.rig:
        yield speaking


async def test_it_is_cut_to_the_millisecond_and_its_text_to_the_word(speaking: Speaking) -> None:
    await speaking.reply()
    speaking.clock.advance(1.75)
    speaking.output._tick()
    await speaking.rig.settle()
    await speaking.rig.send(InterruptionFrame())
    first, second = speaking.captions
    assert (first.heard_ms, second.heard_ms, second.was_heard) == (1000, 750, False)
    assert speaking.context.messages == [{"role": "assistant", "content": "One two. Three"}]


async def test_what_was_played_to_its_end_was_heard(speaking: Speaking) -> None:
    await speaking.reply()
    speaking.clock.advance(3.1)
    speaking.output.marked(speaking.output.newest_mark)
    await speaking.rig.settle()
    assert [caption.was_heard for caption in speaking.captions] == [True, True]
    assert speaking.context.messages == [{"role": "assistant", "content": "One two. Three four five."}]
    words = [frame.text for frame in speaking.rig.down if isinstance(frame, TTSTextFrame)]
    assert words == ["One", "two.", "Three", "four", "five."]


async def test_in_a_reply_that_is_only_written_nobody_misses_the_sound(speaking: Speaking) -> None:
    await speaking.reply(aloud=False)
    assert speaking.output.played == b""
    assert [caption.was_heard for caption in speaking.captions] == [True, True]
    texts = [frame.text for frame in speaking.rig.down if type(frame) is AggregatedTextFrame]
    assert texts == ["One two.", "Three four five."]
