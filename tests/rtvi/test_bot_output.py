"""The life of what the bot says."""

import asyncio
from typing import Any

from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterruptionFrame,
    TTSTextFrame,
)
from appliance.rtvi import BotOutputTransformResult, RTVIObserverParams
from tests.rtvi.stage import FakeViewer, Message, Stage


def outputs(viewer: FakeViewer) -> list[Any]:
    return [message["data"] for message in viewer.got if message["type"] == "bot-output"]


def output(segment: AggregatedTextFrame, status: str, heard: str, rest: str, **changed: Any) -> Message:
    return {
        "text": segment.text,
        "spoken": False,
        "aggregated_by": segment.aggregated_by,
        "segment_id": segment.id,
        "will_be_spoken": True,
        "spoken_status": status,
        "spoken_progress": {"accumulated_text": heard, "remaining_text": rest},
    } | changed


def old_output(segment: AggregatedTextFrame, text: str, spoken: bool, aggregated_by: str = "sentence") -> Message:
    return {"text": text, "spoken": spoken, "aggregated_by": aggregated_by, "segment_id": segment.id}


async def speak(stage: Stage, segment: AggregatedTextFrame, *cuts: int) -> None:
    """The bot begins to speak, and a segment is heard up to each cut."""
    await stage.push(BotStartedSpeakingFrame(), segment)
    text, begin = segment.text, 0
    for cut in cuts:
        await stage.push(TTSTextFrame(text[begin:cut].strip(), segment_id=segment.id))
        await stage.push(AggregatedTextProgressFrame(segment, text[:cut], text[cut:]))
        begin = cut


async def test_a_segment_is_new_then_in_progress_word_by_word_then_completed() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await speak(stage, segment, 4, 13)
        assert outputs(watcher) == [
            output(segment, "new", "", "Good morning."),
            output(segment, "in-progress", "Good", " morning."),
            output(segment, "completed", "Good morning.", ""),
        ]
        droppable = [each.droppable for each in watcher.outgoing if each.type == "bot-output"]
        assert droppable == [False, True, False]


async def test_a_client_of_protocol_1_gets_the_segment_and_then_each_word_and_no_progress() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(version="1.2.0"), AggregatedTextFrame("Good morning.")
        await speak(stage, segment, 4, 13)
        assert outputs(watcher) == [
            old_output(segment, "Good morning.", False),
            old_output(segment, "Good", True, "word"),
            old_output(segment, "morning.", True, "word"),
        ]


async def test_words_are_told_as_such_to_both_generations() -> None:
    async with Stage() as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.0.0")
        await speak(stage, AggregatedTextFrame("Good morning."), 4, 13)
        words = [{"text": "Good"}, {"text": "morning."}]
        for viewer in (new, old):
            assert [m["data"] for m in viewer.got if m["type"] == "bot-tts-text"] == words


async def test_without_word_times_a_segment_is_one_message_completed() -> None:
    async with Stage() as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.0.0")
        heard = TTSTextFrame("Good morning.", aggregated_by="sentence")
        await stage.push(BotStartedSpeakingFrame(), heard)
        assert outputs(new) == [output(heard, "completed", "Good morning.", "", spoken=True)]
        assert outputs(old) == [old_output(heard, "Good morning.", True)]


async def test_nothing_is_told_of_a_segment_after_it_is_completed() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await speak(stage, segment, 13, 13, 4)
        await stage.push(TTSTextFrame("Good morning.", aggregated_by="sentence", segment_id=segment.id))
        assert [data["spoken_status"] for data in outputs(watcher)] == ["new", "completed"]


async def test_what_is_not_for_speaking_does_not_wait_and_has_no_status() -> None:
    async with Stage() as stage:
        watcher, code = await stage.watcher(), AggregatedTextFrame("x = 1", "code", False)
        await stage.push(code)
        assert outputs(watcher) == [old_output(code, "x = 1", False, "code") | {"will_be_spoken": False}]


async def test_what_will_be_spoken_waits_until_the_bot_speaks_even_if_speaking_is_not_told() -> None:
    for enabled in (True, False):
        async with Stage(RTVIObserverParams(bot_speaking_enabled=enabled)) as stage:
            watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
            await stage.push(segment)
            assert outputs(watcher) == []
            await stage.push(BotStartedSpeakingFrame())
            assert outputs(watcher) == [output(segment, "new", "", "Good morning.")]
            assert watcher.types[0] == ("bot-started-speaking" if enabled else "bot-output")


async def test_an_interruption_drops_what_waits() -> None:
    async with Stage() as stage:
        watcher = await stage.watcher()
        await stage.push(AggregatedTextFrame("Never said."), InterruptionFrame(), BotStartedSpeakingFrame())
        assert outputs(watcher) == []


async def test_what_is_cut_off_stays_unspoken() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await speak(stage, segment, 4)
        await stage.push(
            BotStoppedSpeakingFrame(), InterruptionFrame(), AssistantMessageFrame("Good", interrupted=True)
        )
        assert outputs(watcher)[-1] == output(segment, "in-progress", "Good", " morning.")
        assert stage.rtvi.snapshot()["conversation"][-1]["heard"] == "Good"


async def test_a_word_that_was_heard_is_told_even_if_the_bot_has_just_fallen_silent() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await speak(stage, segment)
        await stage.push(BotStoppedSpeakingFrame(), TTSTextFrame("Good", segment_id=segment.id))
        assert watcher.types[-1] == "bot-tts-text"


async def test_only_text_that_has_been_through_the_output_is_told() -> None:
    async with Stage() as stage:
        watcher = await stage.watcher()
        await stage.push(BotStartedSpeakingFrame())
        await stage.ear.push_frame(AggregatedTextFrame("Heard."))
        stage.ear.plays_audio = False
        await stage.push(AggregatedTextFrame("Not yet heard."))
        assert [data["text"] for data in outputs(watcher)] == ["Heard."]


async def test_words_and_tokens_are_no_bot_output_for_protocol_2() -> None:
    async with Stage() as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.0.0")
        await stage.push(AggregatedTextFrame("Go", "token", False))
        assert ([d["text"] for d in outputs(new)], [d["text"] for d in outputs(old)]) == ([], ["Go"])


async def test_a_skipped_type_is_told_neither_whole_nor_in_progress_nor_word_by_word() -> None:
    async with Stage(RTVIObserverParams(skip_aggregator_types=["credit_card"])) as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.0.0")
        await speak(stage, AggregatedTextFrame("4111 1111", "credit_card"), 4, 9)
        await stage.push(AssistantMessageFrame("4111 1111"))
        assert new.types == old.types == ["bot-started-speaking"]
        assert stage.rtvi.snapshot()["conversation"] == []


async def test_a_segment_that_viewers_see_changed_does_not_come_word_by_word_instead() -> None:
    def masked(
        text: str, kind: str, accumulated: str | None = None, remaining: str | None = None
    ) -> BotOutputTransformResult:
        heard, rest = ("#" * len(each) if each is not None else None for each in (accumulated, remaining))
        return BotOutputTransformResult("#" * len(text), heard, rest)

    async with Stage(RTVIObserverParams(bot_output_transforms=[("credit_card", masked)])) as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.0.0")
        segment = AggregatedTextFrame("4111 1111", "credit_card")
        await speak(stage, segment, 4, 9)
        assert outputs(new) == [
            output(segment, "new", "", "#########", text="#########"),
            output(segment, "in-progress", "####", "#####", text="#########"),
            output(segment, "completed", "#########", "", text="#########"),
        ]
        assert outputs(old) == [old_output(segment, "#########", False, "credit_card")]
        assert new.types.count("bot-tts-text") == 0
        assert stage.rtvi.snapshot()["conversation"][0]["text"] == "#########"


async def test_a_text_whose_transform_fails_is_withheld_and_what_follows_keeps_its_order() -> None:
    def fails_on_secrets(
        text: str, kind: str, accumulated: str | None, remaining: str | None
    ) -> BotOutputTransformResult:
        if "secret" in text:
            raise ValueError
        return BotOutputTransformResult(text)

    async with Stage(RTVIObserverParams(bot_output_transforms=[("*", fails_on_secrets)])) as stage:
        watcher = await stage.watcher()
        for frame in (
            AggregatedTextFrame("One.", "note", False),
            AggregatedTextFrame("The secret.", "note", False),
            BotStartedSpeakingFrame(),
            AggregatedTextFrame("Two."),
            BotStoppedSpeakingFrame(),
        ):
            await stage.ear.push_frame(frame)
        await stage.settle()
        told = [(m["type"], m.get("data", {}).get("text")) for m in watcher.got]
        assert told == [
            ("bot-output", "One."),
            ("bot-started-speaking", None),
            ("bot-output", "Two."),
            ("bot-stopped-speaking", None),
        ]


async def test_a_transform_that_hangs_withholds_its_text_only() -> None:
    async def hangs(text: str, kind: str, accumulated: str | None, remaining: str | None) -> BotOutputTransformResult:
        await asyncio.Event().wait()
        raise AssertionError

    params = RTVIObserverParams(bot_output_transforms=[("slow", hangs)])
    async with Stage(params, handler_secs=0.01) as stage:
        watcher = await stage.watcher()
        await stage.push(AggregatedTextFrame("Slow.", "slow", False), AggregatedTextFrame("Quick.", "quick", False))
        assert [data["text"] for data in outputs(watcher)] == ["Quick."]


async def test_an_empty_string_is_a_value() -> None:
    def hides(text: str, kind: str, accumulated: str | None, remaining: str | None) -> BotOutputTransformResult:
        return BotOutputTransformResult("", "" if accumulated is not None else None, "")

    async with Stage(RTVIObserverParams(bot_output_transforms=[("*", hides)])) as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await stage.push(BotStartedSpeakingFrame(), segment, AggregatedTextProgressFrame(segment, "Good", " morning."))
        assert outputs(watcher) == [
            output(segment, "new", "", "", text=""),
            output(segment, "in-progress", "", "", text=""),
        ]


async def test_a_segment_whose_last_word_nobody_told_is_completed_with_its_reply() -> None:
    async with Stage() as stage:
        watcher, segment = await stage.watcher(), AggregatedTextFrame("Good morning.")
        await speak(stage, segment, 4)
        await stage.push(AssistantMessageFrame("Good morning."), AssistantMessageFrame("Good morning."))
        assert [data["spoken_status"] for data in outputs(watcher)] == ["new", "in-progress", "completed"]


async def test_a_reply_nobody_watched_is_known_as_far_as_it_was_heard() -> None:
    async with Stage() as stage:
        first, second, third = (AggregatedTextFrame(text) for text in ("Hello.", "How are you?", "Bye."))
        await stage.push(BotStartedSpeakingFrame(), first, second, third, InterruptionFrame())
        await stage.push(AssistantMessageFrame("Hello. How are", interrupted=True))
        said = [(i["text"], i["spoken_status"], i["heard"]) for i in stage.rtvi.snapshot()["conversation"]]
        assert said == [
            ("Hello.", "completed", "Hello."),
            ("How are you?", "in-progress", "How are"),
            ("Bye.", "new", ""),
        ]
