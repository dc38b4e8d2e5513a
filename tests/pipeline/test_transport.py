from collections.abc import AsyncIterator

import pytest

from appliance.clock import ManualClock
from appliance.dialogue.aggregators import AssistantContextAggregator
from appliance.dialplan import Transfer
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    CancelFrame,
    CutReplyFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMContext,
    LLMFullResponseEndFrame,
    MetricsFrame,
    OutputAudioRawFrame,
    TransferFrame,
    TTFAMetricsData,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FramePushed
from appliance.pipeline.transport import DOWNSTREAM, BaseOutputTransport
from tests.pipeline.rig import Rig


class Output(BaseOutputTransport):
    """Writes down what would go to the carrier."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.wire: list[str] = []

    def write_audio(self, pcm: bytes) -> None:
        self.wire.append(f"{len(pcm) / 16_000:g} s")

    def write_mark(self, name: str) -> None:
        self.wire.append(f"mark {name}")

    def write_clear(self) -> None:
        self.wire.append("clear")


class Watcher(BaseObserver):
    """Somebody who looks at word progress."""

    frame_types = (AggregatedTextProgressFrame,)

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        if isinstance(data.frame, AggregatedTextProgressFrame):
            self.seen.append((data.frame.accumulated_text, data.frame.remaining_text))


class Speaking:
    """An output in a pipeline, and a reply of three words in 1.5 s."""

    def __init__(self) -> None:
        self.clock = ManualClock(50.0)
        self.output = Output(self.clock)
        self.context = LLMContext()
        self.watcher = Watcher()
        self.rig = Rig(self.output, AssistantContextAggregator(self.context), observers=(self.watcher,))

    def reply(self, text: str = "one two three") -> list[Frame]:
        number = self.rig.inbox.replies.begin()
        segment = AggregatedTextFrame(text, reply=number)
        words = text.split()
        return [
            segment,
            TTSStartedFrame(segment.id, reply=number),
            TTSAudioRawFrame(bytes(int(0.5 * len(words) * 16_000)), segment_id=segment.id, reply=number),
            *(
                TTSTextFrame(word, segment_id=segment.id, start_ms=500 * i, end_ms=500 * i + 500, reply=number)
                for i, word in enumerate(words)
            ),
            TTSStoppedFrame(segment.id, reply=number),
            LLMFullResponseEndFrame(reply=number),
        ]

    async def after(self, secs: float) -> None:
        self.clock.advance(secs)
        self.output._tick()
        await self.rig.settle()

    def told(self) -> list[str]:
        return self.rig.names()


@pytest.fixture
async def speaking() -> AsyncIterator[Speaking]:
    speaking = Speaking()
    async with speaking.rig:
        yield speaking


async def test_audio_leaves_at_once_in_messages_of_half_a_second(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    assert speaking.output.wire == ["0.5 s", "0.5 s", "0.5 s", "mark g0-1"]


async def test_the_bot_stops_speaking_when_the_mark_says_that_it_was_heard(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.after(1.6)
    assert "BotStoppedSpeakingFrame" not in speaking.told()
    speaking.output.marked("g0-1")
    await speaking.rig.settle()
    assert speaking.told()[-1] == "BotStoppedSpeakingFrame"


async def test_words_pass_as_they_are_heard(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.after(0.3)
    await speaking.after(0.5)
    assert speaking.watcher.seen == [("one", " two three"), ("one two", " three")]


async def test_a_reply_heard_to_its_end_is_in_the_context(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("Hello there, caller."))
    await speaking.after(2.0)
    assert speaking.context.messages == [{"role": "assistant", "content": "Hello there, caller."}]


async def test_an_interruption_clears_the_line_and_keeps_only_what_was_heard(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("Hello there, caller."))
    speaking.clock.advance(0.8)
    await speaking.rig.send(InterruptionFrame())
    assert speaking.output.wire[-1] == "clear"
    assert speaking.context.messages == [{"role": "assistant", "content": "Hello there,"}]
    assert [one.interrupted for one in speaking.rig.down if isinstance(one, AssistantMessageFrame)] == [True]
    assert speaking.watcher.seen[-1] == ("Hello there,", " caller.")
    assert speaking.told()[-3:] == ["BotStoppedSpeakingFrame", "AssistantMessageFrame", "InterruptionFrame"]


async def test_no_audio_of_the_old_reply_leaves_after_clear(speaking: Speaking) -> None:
    frames = speaking.reply()
    await speaking.rig.send(*frames)
    await speaking.rig.send(InterruptionFrame())
    await speaking.rig.send(*frames[2:])
    assert speaking.output.wire[-1] == "clear"
    await speaking.rig.send(*speaking.reply("new"))
    assert speaking.output.wire[-2:] == ["0.5 s", "mark g1-1"]


async def test_a_mark_from_before_the_clear_does_not_end_the_new_reply(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.rig.send(InterruptionFrame())
    await speaking.rig.send(*speaking.reply())
    speaking.output.marked("g0-1")
    await speaking.rig.settle()
    assert speaking.told().count("BotStoppedSpeakingFrame") == 1


@pytest.mark.parametrize("last", [EndFrame(), TransferFrame(Transfer("+1555"))], ids=lambda frame: type(frame).__name__)
async def test_the_end_or_a_transfer_waits_until_everything_was_heard(speaking: Speaking, last: Frame) -> None:
    await speaking.rig.send(*speaking.reply(), last)
    await speaking.after(1.6)
    assert type(last).__name__ not in speaking.told()
    speaking.output.marked("g0-1")
    await speaking.rig.settle()
    assert speaking.told()[-1] == type(last).__name__


async def test_the_end_comes_by_the_clock_when_marks_never_return(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply(), EndFrame())
    await speaking.after(2.4)
    assert "EndFrame" not in speaking.told()
    await speaking.after(0.2)
    assert speaking.told()[-1] == "EndFrame"


@pytest.mark.parametrize("last", [EndFrame(), TransferFrame(Transfer("+1555"))], ids=lambda frame: type(frame).__name__)
async def test_an_interruption_loses_neither_the_end_nor_a_transfer(speaking: Speaking, last: Frame) -> None:
    await speaking.rig.send(*speaking.reply(), last)
    await speaking.rig.send(InterruptionFrame())
    assert speaking.told()[-1] == type(last).__name__


async def test_text_that_is_not_spoken_passes_at_once(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.rig.send(AggregatedTextFrame("on the screen", will_be_spoken=False, reply=1))
    assert speaking.told()[-1] == "AggregatedTextFrame"


async def test_sound_that_belongs_to_no_reply_ends_when_it_has_been_heard(speaking: Speaking) -> None:
    await speaking.rig.send(OutputAudioRawFrame(bytes(16_000)))
    assert speaking.told() == ["BotStartedSpeakingFrame"]
    await speaking.after(1.3)
    assert speaking.told() == ["BotStartedSpeakingFrame"]
    await speaking.after(0.1)
    assert speaking.told() == ["BotStartedSpeakingFrame", "BotStoppedSpeakingFrame"]


async def test_a_bot_that_thinks_between_two_sentences_has_stopped_speaking(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply()[:-1])
    await speaking.after(1.5)
    speaking.output.marked("g0-1")
    await speaking.after(0.4)
    assert speaking.told()[-1] == "BotStoppedSpeakingFrame"


async def test_a_word_is_not_heard_before_its_audio_though_it_is_still_being_gathered(speaking: Speaking) -> None:
    number = speaking.rig.inbox.replies.begin()
    segment = AggregatedTextFrame("one two", reply=number)
    await speaking.rig.send(segment, TTSStartedFrame(segment.id, reply=number))
    for word, start, audio in (("one", 0, 8000), ("two", 500, 7800)):
        await speaking.rig.send(
            TTSAudioRawFrame(bytes(audio), segment_id=segment.id, reply=number),
            TTSTextFrame(word, segment_id=segment.id, start_ms=start, end_ms=start + 487, reply=number),
        )
    assert speaking.output.wire == ["0.5 s"]
    await speaking.after(0.55)
    assert speaking.watcher.seen == [("one", " two")]
    await speaking.rig.send(InterruptionFrame())
    assert speaking.context.messages == [{"role": "assistant", "content": "one"}]


async def test_what_an_interruption_voids_is_never_told(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("one two three"), *speaking.reply("four five six"))
    speaking.clock.advance(0.6)
    await speaking.rig.send(InterruptionFrame())
    await speaking.after(10.0)
    assert [frame.text for frame in speaking.rig.down if type(frame) is AggregatedTextFrame] == ["one two three"]
    assert speaking.told().count("LLMFullResponseEndFrame") == 0
    assert (speaking.output.playout.is_idle, speaking.output._segments) == (True, {})


async def test_a_second_interruption_before_the_first_was_dispatched_tells_things_once(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("Hello there, caller."), EndFrame())
    speaking.clock.advance(0.8)
    for _ in range(2):
        speaking.rig.inbox.put(speaking.output, InterruptionFrame(), DOWNSTREAM)
    await speaking.rig.settle()
    assert speaking.context.messages == [{"role": "assistant", "content": "Hello there,"}]
    assert [speaking.told().count(name) for name in ("BotStoppedSpeakingFrame", "EndFrame", "InterruptionFrame")] == [
        1,
        1,
        2,
    ]


async def test_a_returned_mark_leaves_no_timer_of_its_own_behind(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    timer = speaking.output._timer
    assert timer is not None
    speaking.clock.advance(1.5)
    speaking.output.marked("g0-1")
    assert timer.cancelled()


async def test_how_long_the_caller_waits_for_the_answer_is_measured(speaking: Speaking) -> None:
    speaking.output.metrics_enabled = True
    await speaking.rig.send(UserStoppedSpeakingFrame())
    speaking.clock.advance(0.3)
    await speaking.rig.send(*speaking.reply())
    measured = [one for frame in speaking.rig.down if isinstance(frame, MetricsFrame) for one in frame.data]
    assert [(type(one), round(getattr(one, "value", 0), 3)) for one in measured] == [(TTFAMetricsData, 0.3)]


async def test_what_was_heard_before_the_caller_hung_up_is_kept(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("Hello there, caller."))
    speaking.clock.advance(0.8)
    await speaking.rig.send(CancelFrame())
    assert speaking.context.messages == [{"role": "assistant", "content": "Hello there,"}]
    assert speaking.told()[-3:] == ["BotStoppedSpeakingFrame", "AssistantMessageFrame", "CancelFrame"]
    assert speaking.output._timer is None


async def test_a_person_is_heard_at_once_and_is_no_bot_that_speaks(speaking: Speaking) -> None:
    speaking.output.play_live(bytes(1_600))
    assert (speaking.output.wire, speaking.output.is_speaking) == (["0.1 s"], False)
    assert speaking.output.playout.lead == pytest.approx(0.1)
    await speaking.rig.settle()
    assert speaking.told() == []
    assert speaking.output._timer is None


async def test_the_end_waits_for_what_a_person_has_said_last(speaking: Speaking) -> None:
    speaking.output.play_live(bytes(8_000))
    await speaking.rig.send(EndFrame())
    await speaking.after(0.4)
    assert speaking.told() == []
    await speaking.after(1.2)
    assert speaking.told() == ["EndFrame"]


async def test_an_interruption_silences_a_person_too(speaking: Speaking) -> None:
    speaking.output.play_live(bytes(8_000))
    await speaking.rig.send(InterruptionFrame())
    assert speaking.output.wire == ["0.5 s", "clear"]


async def test_the_bot_is_speaking_until_it_was_heard(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    assert speaking.output.is_speaking
    await speaking.rig.send(InterruptionFrame())
    assert not speaking.output.is_speaking


def cut(speaking: Speaking) -> list[tuple[list[tuple[str, str | None]], bool]]:
    """What was told of replies that were cut off."""
    cuts = [frame for frame in speaking.rig.up if isinstance(frame, CutReplyFrame)]
    return [([(one.text, one.recording) for one in frame.unheard], frame.is_whole) for frame in cuts]


async def test_what_was_not_heard_of_a_reply_begins_with_the_word_that_was_cut(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply("one, two three"), *speaking.reply("Four five."))
    await speaking.after(0.8)
    await speaking.rig.send(InterruptionFrame(by_voice=True, unheard=[AggregatedTextFrame("Six.")]))
    assert cut(speaking) == [([("three", None), ("Four five.", None), ("Six.", None)], True)]


async def test_without_times_of_words_a_sentence_begins_again(speaking: Speaking) -> None:
    spoken = [frame for frame in speaking.reply() if not isinstance(frame, TTSTextFrame)]
    await speaking.rig.send(*spoken)
    await speaking.after(0.8)
    await speaking.rig.send(InterruptionFrame(by_voice=True))
    assert cut(speaking) == [([("one two three", None)], True)]


async def test_so_does_a_recording(speaking: Speaking) -> None:
    segment, *rest = speaking.reply()
    assert isinstance(segment, AggregatedTextFrame)
    segment.recording = "hello.wav"
    await speaking.rig.send(segment, *rest)
    await speaking.after(0.8)
    await speaking.rig.send(InterruptionFrame(by_voice=True))
    assert cut(speaking) == [([("one two three", "hello.wav")], True)]


async def test_of_a_reply_that_was_heard_nothing_is_cut(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.after(5.0)
    await speaking.rig.send(InterruptionFrame(by_voice=True))
    assert cut(speaking) == []


async def test_a_reply_that_was_still_thought_of_is_cut_too(speaking: Speaking) -> None:
    await speaking.rig.send(InterruptionFrame(by_voice=True, is_whole=False))
    assert cut(speaking) == [([], False)]


async def test_who_interrupts_otherwise_than_by_voice_means_it(speaking: Speaking) -> None:
    await speaking.rig.send(*speaking.reply())
    await speaking.after(0.8)
    await speaking.rig.send(InterruptionFrame())
    assert cut(speaking) == []
