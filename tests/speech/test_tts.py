import asyncio
from collections.abc import AsyncIterator

import pytest

from appliance.errors import EngineError
from appliance.failover import GaveUp, Serving
from appliance.frames import (
    AggregatedTextFrame,
    EndFrame,
    EngineFailedFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from appliance.speech import tts
from appliance.speech.base import SpeechAudio, SpeechPiece, SpokenWord, WordTimes
from appliance.speech.refused import RefusedError
from appliance.speech.tts import TTSProcessor
from tests.pipeline.rig import Rig


class Voice:
    """Speaks each text as 10 ms; ``gate`` holds it back, ``failures`` make it fail first."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str | None]] = []
        self.failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.middle = asyncio.Event()
        self.middle.set()
        self.refusal: EngineError | None = None
        self.before: list[SpeechPiece] = []
        """What comes before the sound, once."""

    async def synthesize(self, text: str, *, language: str, voice: str | None = None) -> AsyncIterator[SpeechPiece]:
        self.said.append((text, voice))
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise EngineError("the voice is gone")
        if self.refusal is not None:
            raise self.refusal
        while self.before:
            yield self.before.pop(0)
        yield SpeechAudio(bytes(160))
        await self.middle.wait()
        yield WordTimes(tuple(SpokenWord(word, 0, 10) for word in text.split()))


class Talking:
    def __init__(self) -> None:
        self.voice = Voice()
        self.tts = TTSProcessor(self.voice, voice="en-us")
        self.rig = Rig(self.tts)

    async def reply(self, *pieces: str, aloud: bool = True) -> None:
        number = self.rig.inbox.replies.begin()
        texts = [LLMTextFrame(piece, reply=number) for piece in pieces]
        await self.rig.send(
            LLMFullResponseStartFrame(aloud, reply=number), *texts, LLMFullResponseEndFrame(reply=number)
        )

    def segments(self) -> list[str]:
        return [frame.text for frame in self.rig.down if type(frame) is AggregatedTextFrame]


@pytest.fixture
async def talking() -> AsyncIterator[Talking]:
    talking = Talking()
    async with talking.rig:
        yield talking


async def test_a_reply_is_spoken_sentence_by_sentence_in_order(talking: Talking) -> None:
    await talking.reply("Hello the", "re. How are you? Fine")
    assert talking.voice.said == [("Hello there.", "en-us"), ("How are you?", "en-us"), ("Fine", "en-us")]
    assert talking.rig.names() == [
        "LLMFullResponseStartFrame",
        *[
            "AggregatedTextFrame",
            "TTSStartedFrame",
            "TTSAudioRawFrame",
            "TTSTextFrame",
            "TTSTextFrame",
            "TTSStoppedFrame",
        ],
        *["AggregatedTextFrame", "TTSStartedFrame", "TTSAudioRawFrame", *["TTSTextFrame"] * 3, "TTSStoppedFrame"],
        *["AggregatedTextFrame", "TTSStartedFrame", "TTSAudioRawFrame", "TTSTextFrame", "TTSStoppedFrame"],
        "LLMFullResponseEndFrame",
    ]


async def test_what_has_no_words_is_not_given_to_the_voice(talking: Talking) -> None:
    await talking.reply("One. ", "... ", "!? ", "Two.")
    assert [text for text, _ in talking.voice.said] == talking.segments() == ["One.", "Two."]


async def test_words_belong_to_their_segment_and_reply(talking: Talking) -> None:
    await talking.reply("Hello.")
    segment = next(frame for frame in talking.rig.down if type(frame) is AggregatedTextFrame)
    word = next(frame for frame in talking.rig.down if isinstance(frame, TTSTextFrame))
    assert (word.segment_id, word.reply, word.text) == (segment.id, 1, "Hello.")


async def test_the_end_of_the_call_waits_for_the_text_before_it(talking: Talking) -> None:
    talking.voice.gate.clear()
    await talking.reply("Goodbye.")
    await talking.rig.send(EndFrame())
    assert "EndFrame" not in talking.rig.names()
    talking.voice.gate.set()
    await talking.rig.settle()
    assert talking.rig.names()[-1] == "EndFrame"


async def test_an_interruption_drops_what_was_to_be_said_but_not_the_end(talking: Talking) -> None:
    talking.voice.gate.clear()
    await talking.reply("One. Two. Three.")
    await talking.rig.send(EndFrame())
    await talking.rig.send(InterruptionFrame())
    talking.voice.gate.set()
    await talking.rig.settle()
    assert (talking.segments(), talking.rig.names()[-2:]) == ([], ["InterruptionFrame", "EndFrame"])


async def test_after_an_interruption_the_next_reply_is_spoken(talking: Talking) -> None:
    talking.voice.gate.clear()
    await talking.reply("Old.")
    await talking.rig.send(InterruptionFrame())
    talking.voice.gate.set()
    await talking.reply("New.")
    assert talking.segments() == ["New."]


async def test_a_reply_without_audio_is_text_only(talking: Talking) -> None:
    await talking.reply("Silent.", aloud=False)
    assert talking.voice.said == []
    assert [frame.will_be_spoken for frame in talking.rig.down if isinstance(frame, AggregatedTextFrame)] == [False]


async def test_a_text_from_outside_the_dialogue_is_a_reply_of_its_own(talking: Talking) -> None:
    await talking.rig.send(TTSSpeakFrame("Hold on."))
    assert talking.segments() == ["Hold on."]
    assert [frame.reply for frame in talking.rig.down if isinstance(frame, LLMFullResponseEndFrame)] == [1]


async def test_a_long_text_of_its_own_is_spoken_sentence_by_sentence_and_what_has_no_words_is_left_out(
    talking: Talking,
) -> None:
    await talking.rig.send(TTSSpeakFrame("Hold on. ... Dr. Smith is 5 minutes late! ?"))
    assert talking.segments() == ["Hold on.", "Dr. Smith is 5 minutes late!"]
    assert [frame.reply for frame in talking.rig.down if isinstance(frame, LLMFullResponseEndFrame)] == [1]


async def test_an_engine_that_fails_before_the_first_sound_is_tried_again(
    talking: Talking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tts, "RETRY_SECS", (0.0, 0.0))
    talking.voice.failures = 2
    await talking.reply("Hello.")
    assert (len(talking.voice.said), talking.segments()) == (3, ["Hello."])


async def test_an_engine_that_fails_for_good_is_told_to_the_dialogue(
    talking: Talking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tts, "RETRY_SECS", ())
    talking.voice.failures = 1
    await talking.reply("Hello.")
    failed: list[Frame] = [frame for frame in talking.rig.up if isinstance(frame, EngineFailedFrame)]
    assert [(frame.engine, frame.error) for frame in failed] == [("tts", "the voice is gone")]  # type: ignore[attr-defined]


async def test_an_engine_that_falls_silent_has_failed(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tts, "RETRY_SECS", ())
    monkeypatch.setattr(tts, "SILENT_SECS", 0.01)
    talking.voice.middle.clear()
    await talking.reply("Hello.")
    await talking.rig.until(lambda: any(isinstance(frame, EngineFailedFrame) for frame in talking.rig.up))
    failed = next(frame for frame in talking.rig.up if isinstance(frame, EngineFailedFrame))
    assert failed.error == "the speech engine was silent for 0.01 s"


async def test_a_refusal_that_stays_one_is_not_tried_again(talking: Talking) -> None:
    talking.voice.refusal = RefusedError("status 401", passing=False)
    await talking.reply("Hello.")
    await talking.rig.until(lambda: any(isinstance(frame, EngineFailedFrame) for frame in talking.rig.up))
    assert len(talking.voice.said) == 1


async def test_a_server_that_asks_for_longer_than_a_caller_waits_is_not_tried_again(talking: Talking) -> None:
    talking.voice.refusal = RefusedError("status 429", after_secs=60)
    await talking.reply("Hello.")
    await talking.rig.until(lambda: any(isinstance(frame, EngineFailedFrame) for frame in talking.rig.up))
    assert len(talking.voice.said) == 1


async def test_an_engine_that_gave_up_before_a_sound_is_told_of_and_the_sentence_is_one_segment(
    talking: Talking,
) -> None:
    talking.voice.before = [GaveUp("piper", "no sound"), Serving("spare", "m")]
    await talking.reply("Hello.")
    assert talking.segments() == ["Hello."]
    (error,) = (frame for frame in talking.rig.up if isinstance(frame, ErrorFrame))
    assert (error.error, error.engine, error.gave_up, error.fatal) == ("no sound", "tts", "piper", False)


async def test_measurements_name_the_engine_that_spoke(talking: Talking) -> None:
    talking.tts.metrics_enabled = talking.tts.usage_metrics_enabled = True
    talking.voice.before = [Serving("spare", "m")]
    await talking.reply("Hello.")
    measured = [one for frame in talking.rig.down if isinstance(frame, MetricsFrame) for one in frame.data]
    assert [(type(one).__name__, one.engine, one.model) for one in measured] == [
        ("TTFBMetricsData", "spare", "m"),
        ("ProcessingMetricsData", "spare", "m"),
        ("TTSUsageMetricsData", "spare", "m"),
    ]


async def test_a_sentence_that_one_engine_broke_off_is_begun_anew_by_another_as_a_segment_of_its_own(
    talking: Talking,
) -> None:
    talking.voice.before = [SpeechAudio(bytes(320)), GaveUp("piper", "broke off")]
    await talking.reply("Hello there.")
    assert talking.segments() == ["Hello there.", "Hello there."]
    first, second = (frame for frame in talking.rig.down if type(frame) is AggregatedTextFrame)
    spoken = [
        (type(frame).__name__, frame.segment_id)
        for frame in talking.rig.down
        if isinstance(frame, TTSStartedFrame | TTSStoppedFrame | TTSTextFrame | TTSAudioRawFrame)
    ]
    assert first.id != second.id
    assert spoken == [
        ("TTSStartedFrame", first.id),
        ("TTSAudioRawFrame", first.id),
        ("TTSStoppedFrame", first.id),
        ("TTSStartedFrame", second.id),
        ("TTSAudioRawFrame", second.id),
        ("TTSTextFrame", second.id),
        ("TTSTextFrame", second.id),
        ("TTSStoppedFrame", second.id),
    ]


class EarlyWords(Voice):
    """Names all words before it speaks any of them."""

    async def synthesize(
        self, text: str, *, language: str, voice: str | None = None
    ) -> AsyncIterator[SpeechAudio | WordTimes]:
        yield WordTimes(tuple(SpokenWord(word, 10 * at, 10 * at + 10) for at, word in enumerate(text.split())))
        if self.failures:
            self.failures -= 1
            raise EngineError("the voice is gone")
        for _ in text.split()[:-1]:
            yield SpeechAudio(bytes(160))
        yield SpeechAudio(bytes(150))


async def test_words_follow_their_audio_and_are_told_once(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tts, "RETRY_SECS", (0.0,))
    talking.tts._engine = voice = EarlyWords()
    voice.failures = 1
    await talking.reply("One two.")
    assert talking.rig.names()[1:-1] == [
        "AggregatedTextFrame",
        "TTSStartedFrame",
        *["TTSAudioRawFrame", "TTSTextFrame"] * 2,
        "TTSStoppedFrame",
    ]


async def test_a_recorded_prompt_is_one_segment_with_its_words(talking: Talking) -> None:
    number = talking.rig.inbox.replies.begin()
    await talking.rig.send(
        LLMFullResponseStartFrame(reply=number),
        LLMTextFrame("Good morning. Welcome. ", recording="hello.wav", reply=number),
        LLMTextFrame("How are you? ", reply=number),
        LLMFullResponseEndFrame(reply=number),
    )
    assert [said for said, _ in talking.voice.said] == ["[wav:hello.wav] Good morning. Welcome.", "How are you?"]
    assert talking.segments() == ["Good morning. Welcome.", "How are you?"]


async def test_an_interruption_gathers_what_was_still_to_be_made(talking: Talking) -> None:
    talking.voice.gate.clear()
    await talking.reply("One. ", "Two. ", "Three.")
    interruption = InterruptionFrame(unheard=[AggregatedTextFrame("Later.")])
    await talking.rig.send(interruption)
    assert [one.text for one in interruption.unheard] == ["One.", "Two.", "Three.", "Later."]
    assert interruption.is_whole


async def test_what_is_on_its_way_to_the_line_is_not_still_to_be_made(talking: Talking) -> None:
    await talking.reply("One. ", "Two.")
    interruption = InterruptionFrame()
    await talking.rig.send(interruption)
    assert (interruption.unheard, interruption.is_whole) == ([], True)


async def test_an_interruption_says_that_the_dialogue_had_not_finished(talking: Talking) -> None:
    talking.voice.gate.clear()
    number = talking.rig.inbox.replies.begin()
    await talking.rig.send(LLMFullResponseStartFrame(reply=number), LLMTextFrame("One. Two", reply=number))
    first, second = InterruptionFrame(), InterruptionFrame()
    await talking.rig.send(first, second)
    assert [([one.text for one in frame.unheard], frame.is_whole) for frame in (first, second)] == [
        (["One."], False),
        ([], True),
    ]
