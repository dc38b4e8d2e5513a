"""What is said, as it comes to viewers that may not see what is sensitive: it still reads right, in the same order."""

from typing import Any

import pytest

from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSTextFrame,
)
from appliance.redaction import Masked, Redactor
from appliance.rtvi import BotOutputTransformResult, RTVIObserverParams
from tests.rtvi.stage import FakeViewer, Stage

NUMBERS = Redactor(kinds=["digits"])
TEXT = "It is 471 122, or is it?"
MASKED = "It is [number], or is it?"


class MaskingStage(Stage):
    """A call in which long numbers are sensitive."""

    def __init__(self, params: RTVIObserverParams | None = None, redactor: Redactor = NUMBERS) -> None:
        super().__init__(params)
        self.rtvi.redactor = redactor

    async def masked(self, version: str = "2.1.0", name: str = "masked") -> FakeViewer:
        """A viewer that may not see them."""
        return await self.watcher(name, version, sees_sensitive=False)


def told(viewer: FakeViewer) -> list[Any]:
    """Each message's type, or its text where it has one."""
    return [message.get("data", {}).get("text", message["type"]) for message in viewer.got]


def texts(viewer: FakeViewer, kind: str) -> list[str]:
    return [message["data"]["text"] for message in viewer.got if message["type"] == kind]


def reply(*pieces: str) -> list[Frame]:
    return [LLMFullResponseStartFrame(), *map(LLMTextFrame, pieces)]


async def test_a_reply_comes_sentence_by_sentence_before_what_follows_it() -> None:
    async with MaskingStage() as stage:
        clear, masked = await stage.watcher(), await stage.masked()
        await stage.push(*reply("It is 47", "1 1", "22. ", "Is it", "?", " Well"), LLMFullResponseEndFrame())
        assert told(masked) == [
            "bot-llm-started",
            *("It is [number].", "It is [number]."),
            *(" Is it?", " Is it?"),
            *(" Well", " Well"),
            "bot-llm-stopped",
        ]
        types = [kind for kind in masked.types if kind.startswith("bot-t") or kind == "bot-llm-text"]
        assert types == ["bot-llm-text", "bot-transcription"] * 3
        assert texts(clear, "bot-llm-text") == ["It is 47", "1 1", "22. ", "Is it", "?", " Well"]
        assert "".join(texts(masked, "bot-llm-text")) == NUMBERS.mask("".join(texts(clear, "bot-llm-text")))
        seqs = {outgoing.seq for outgoing in clear.outgoing if outgoing.type == "bot-transcription"}
        assert {outgoing.seq for outgoing in masked.outgoing if outgoing.type == "bot-transcription"} == seqs


async def test_the_rest_of_a_reply_that_is_cut_off_is_dropped() -> None:
    async with MaskingStage() as stage:
        masked = await stage.masked()
        await stage.push(*reply("It is 471"), InterruptionFrame(), *reply("122. Well."), LLMFullResponseEndFrame())
        assert texts(masked, "bot-llm-text") == ["122. Well."]


async def test_who_comes_in_the_middle_of_a_number_sees_no_part_of_it() -> None:
    async with MaskingStage() as stage:
        await stage.push(*reply("It is 4711"))
        masked = await stage.masked()
        await stage.push(LLMTextFrame("22."), LLMFullResponseEndFrame())
        assert told(masked) == ["It is [number].", "It is [number].", "bot-llm-stopped"]


async def test_a_number_that_goes_on_in_the_next_sentence_is_masked_there() -> None:
    async with MaskingStage() as stage:
        masked = await stage.masked()
        await stage.push(*reply("It is 471. ", "122. ", "Or 3?"), LLMFullResponseEndFrame())
        assert told(masked)[1:-1] == ["It is 471.", "It is 471.", " [number].", " [number].", " Or 3?", " Or 3?"]


async def test_the_callers_number_is_masked_across_transcripts_and_not_before_it_is_one() -> None:
    async with MaskingStage() as stage:
        masked = await stage.masked()
        await stage.push(InterimTranscriptionFrame("my"), InterimTranscriptionFrame("my number is 47112"))
        await stage.push(TranscriptionFrame("my number is 471"), InterimTranscriptionFrame("122 yes"))
        await stage.push(
            InterimTranscriptionFrame("122 yes"), TranscriptionFrame("122 yes"), TranscriptionFrame("or 3")
        )
        assert told(masked) == [
            *("my", "my number is "),
            *("my number is 471", "[number] yes", "[number] yes", "[number] yes"),
            "or 3",
        ]


async def test_the_dialogues_view_of_the_caller_is_masked_by_the_conversation_so_far() -> None:
    async with MaskingStage() as stage:
        masked = await stage.masked()
        said: list[dict[str, Any]] = [
            {"role": "user", "content": "It is 471"},
            {"role": "assistant", "content": "And then?"},
            {"role": "user", "content": [{"type": "text", "text": "122"}, {"image": 1}]},
        ]
        await stage.push(LLMContextFrame(LLMContext(said)), LLMContextFrame(LLMContext(said[2:])))
        assert told(masked) == ["[number]", "122"]


async def test_word_progress_still_fits_the_text() -> None:
    async with MaskingStage() as stage:
        masked, segment = await stage.masked(), AggregatedTextFrame(TEXT)
        await stage.push(BotStartedSpeakingFrame(), segment)
        for heard in ("It", "It is", "It is 471", "It is 471 122,", TEXT):
            await stage.push(AggregatedTextProgressFrame(segment, heard, TEXT[len(heard) :]))
        outputs = [message["data"] for message in masked.got[1:]]
        assert [tuple(data["spoken_progress"].values()) for data in outputs] == [
            ("", MASKED),
            ("It", " is [number], or is it?"),
            ("It is", " [number], or is it?"),
            ("It is [number]", ", or is it?"),
            ("It is [number],", " or is it?"),
            (MASKED, ""),
        ]
        assert {data["text"] for data in outputs} == {MASKED}
        assert [data["spoken_status"] for data in outputs] == ["new", *["in-progress"] * 4, "completed"]


async def test_word_by_word_a_mask_stands_for_all_words_of_what_it_hides() -> None:
    async with MaskingStage() as stage:
        old, new = await stage.masked("1.2.0", "old"), await stage.masked(name="new")
        segment = AggregatedTextFrame(TEXT)
        await stage.push(BotStartedSpeakingFrame(), segment)
        await stage.push(*(TTSTextFrame(word, segment_id=segment.id) for word in TEXT.split()))
        words = ["It", "is", "[number]", ",", "or", "is", "it?"]
        assert texts(old, "bot-output") == [MASKED, *words]
        assert texts(old, "bot-tts-text") == texts(new, "bot-tts-text") == words


async def test_who_comes_in_the_middle_of_a_segment_sees_its_words_where_they_are() -> None:
    async with MaskingStage() as stage:
        segment = AggregatedTextFrame("1 with 471 122 with 1 more")
        await stage.push(BotStartedSpeakingFrame(), segment)
        await stage.push(*(TTSTextFrame(word, segment_id=segment.id) for word in ("1", "with", "471")))
        masked = await stage.masked()
        await stage.push(*(TTSTextFrame(word, segment_id=segment.id) for word in ("122", "with", "1", "more")))
        assert told(masked) == ["with", "1", "more"]


@pytest.mark.parametrize("version", ["2.1.0", "1.2.0"])
async def test_loose_words_come_by_the_sentence_and_to_others_word_by_word(version: str) -> None:
    async with MaskingStage() as stage:
        clear, masked = await stage.watcher(version=version), await stage.masked(version)
        await stage.push(BotStartedSpeakingFrame())
        await stage.push(*(TTSTextFrame(word) for word in "It is 471 122. Or is it".split()))  # noqa: SIM905
        await stage.push(BotStoppedSpeakingFrame(), AssistantMessageFrame("It is 471 122. Or is it"))
        assert texts(masked, "bot-tts-text") == ["It is [number].", "Or is it"]
        assert texts(clear, "bot-tts-text") == ["It", "is", "471", "122.", "Or", "is", "it"]
        for viewer in (clear, masked):
            assert texts(viewer, "bot-output") == (texts(viewer, "bot-tts-text") if version == "1.2.0" else [])


async def test_loose_words_that_are_cut_off_are_dropped() -> None:
    async with MaskingStage() as stage:
        masked = await stage.masked("1.2.0")
        for ends in (InterruptionFrame(), AssistantMessageFrame("471", interrupted=True)):
            await stage.push(BotStartedSpeakingFrame(), TTSTextFrame("471"), ends)
            await stage.push(BotStartedSpeakingFrame(), TTSTextFrame("122."), BotStartedSpeakingFrame())
            assert texts(masked, "bot-tts-text") == ["122."]
            masked.forget()
            await stage.push(TTSTextFrame("Something else, to forget the number by: " + "x" * 200 + "."))
            masked.forget()


async def test_segments_as_fine_as_a_word_are_loose_words_too() -> None:
    async with MaskingStage() as stage:
        old, new = await stage.masked("1.2.0", "old"), await stage.masked(name="new")
        segments = [AggregatedTextFrame(word, "word") for word in ("It", "is", "471", "122.")]
        await stage.push(BotStartedSpeakingFrame(), *segments)
        await stage.push(*(TTSTextFrame(each.text, segment_id=each.id) for each in segments))
        await stage.push(AssistantMessageFrame("It is 471 122."))
        assert [(d["text"], d["spoken"]) for d in (m["data"] for m in old.got if m["type"] == "bot-output")] == [
            ("It is [number].", False),
            ("It is [number].", True),
        ]
        assert (new.types.count("bot-output"), texts(new, "bot-tts-text")) == (0, ["It is [number]."])


def shouts(text: str, kind: str, accumulated: str | None, remaining: str | None) -> BotOutputTransformResult:
    heard, rest = (each and each.upper() for each in (accumulated, remaining))
    return BotOutputTransformResult(text.upper(), heard, rest)


async def test_transforms_come_first_and_masking_after() -> None:
    async with MaskingStage(RTVIObserverParams(bot_output_transforms=[("*", shouts)])) as stage:
        clear, masked, segment = await stage.watcher(), await stage.masked(), AggregatedTextFrame(TEXT)
        await stage.push(BotStartedSpeakingFrame(), segment)
        await stage.push(
            AggregatedTextProgressFrame(segment, TEXT[:9], TEXT[9:]), TTSTextFrame("or"), TTSTextFrame("no.")
        )
        await stage.push(*(TTSTextFrame(word, segment_id=segment.id) for word in ("is", "471", "122")))
        assert texts(clear, "bot-output") == [TEXT.upper()] * 2
        assert texts(masked, "bot-output") == ["IT IS [number], OR IS IT?"] * 2
        assert masked.got[2]["data"]["spoken_progress"] == {
            "accumulated_text": "IT IS [number]",
            "remaining_text": ", OR IS IT?",
        }
        assert texts(masked, "bot-tts-text") == ["OR NO.", "IS", "[number]"]


async def test_what_is_skipped_stays_skipped() -> None:
    async with MaskingStage(RTVIObserverParams(skip_aggregator_types=["sentence"])) as stage:
        masked, segment = await stage.masked("1.2.0"), AggregatedTextFrame(TEXT)
        await stage.push(BotStartedSpeakingFrame(), segment, TTSTextFrame("It", segment_id=segment.id))
        await stage.push(AggregatedTextProgressFrame(segment, "It", TEXT[2:]), AssistantMessageFrame(TEXT))
        assert masked.types == ["bot-started-speaking"]


class Broken(Redactor):
    """Fails as soon as it is asked for anything."""

    def masked(self, text: str, before: str = "") -> Masked:
        raise ValueError


async def test_a_redactor_that_fails_withholds_the_text_and_the_call_goes_on() -> None:
    async with MaskingStage(redactor=Broken(kinds=["digits"])) as stage:
        clear, masked = await stage.watcher(), await stage.masked()
        segment = AggregatedTextFrame(TEXT)
        await stage.push(BotStartedSpeakingFrame(), segment, TTSTextFrame("It", segment_id=segment.id))
        await stage.push(AggregatedTextProgressFrame(segment, "It", TEXT[2:]), TTSTextFrame("no."), TTSTextFrame("It"))
        await stage.push(InterimTranscriptionFrame(TEXT), TranscriptionFrame(TEXT), *reply(TEXT))
        await stage.push(LLMFullResponseEndFrame(), AssistantMessageFrame(TEXT), BotStoppedSpeakingFrame())
        assert masked.types == ["bot-started-speaking", "bot-llm-started", "bot-llm-stopped", "bot-stopped-speaking"]
        texts = {"user-transcription", "bot-llm-text", "bot-transcription", "bot-output", "bot-tts-text"}
        assert set(clear.types) - set(masked.types) == texts
        assert stage.rtvi.snapshot(masked) == {"conversation": [], "functions": []}
        assert len(stage.rtvi.snapshot(clear)["conversation"]) == 2
        assert stage.rtvi.last_words(sees_sensitive=False) is None
