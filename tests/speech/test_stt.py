import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from appliance.errors import EngineError
from appliance.frames import (
    EngineFailedFrame,
    ErrorFrame,
    ExpectedAnswersFrame,
    Frame,
    HandBackFrame,
    InterimTranscriptionFrame,
    LineLostFrame,
    ListeningFrame,
    NoMatchFrame,
    NoWordsFrame,
    TakeOverFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from appliance.speech.base import Transcript
from appliance.speech.stt import STTProcessor
from tests.pipeline.rig import Pass, Rig

UP = FrameDirection.UPSTREAM


class Utterance:
    """An utterance in the hands of the test."""

    def __init__(self, grammar: str | None) -> None:
        self.grammar = grammar
        self.audio = b""
        self.finished = False
        self.closed = False
        self.said: asyncio.Queue[Transcript | EngineError] = asyncio.Queue()

    def send(self, pcm: bytes) -> None:
        self.audio += pcm

    def finish(self) -> None:
        self.finished = True

    async def results(self) -> AsyncIterator[Transcript]:
        while True:
            result = await self.said.get()
            if isinstance(result, EngineError):
                raise result
            yield result
            if result.final:
                return

    async def close(self) -> None:
        self.closed = True


class Engine:
    """Hands out utterances."""

    def __init__(self) -> None:
        self.utterances: list[Utterance] = []

    def transcribe(self, *, language: str, grammar: str | None = None, hints: Sequence[str] = ()) -> Utterance:
        self.utterances.append(Utterance(grammar))
        return self.utterances[-1]


class Hearing:
    """The processor between two others, and the caller's voice."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.stt = STTProcessor(self.engine)
        self.above = Pass()
        self.rig = Rig(self.above, self.stt)

    @property
    def utterance(self) -> Utterance:
        return self.engine.utterances[-1]

    async def says(self, *frames: Frame) -> None:
        await self.rig.send(*frames)

    async def result(self, text: str, *, final: bool = True) -> None:
        self.utterance.said.put_nowait(Transcript(text, final))
        await self.rig.settle()

    def texts(self) -> list[str]:
        return [frame.text for frame in self.rig.down if isinstance(frame, TranscriptionFrame)]

    def down(self, kind: type[Frame]) -> list[Frame]:
        return [frame for frame in self.rig.down if isinstance(frame, kind)]


@pytest.fixture
async def hearing() -> AsyncIterator[Hearing]:
    hearing = Hearing()
    async with hearing.rig:
        yield hearing


async def speak(hearing: Hearing, pcm: bytes = b"ab" * 160) -> None:
    """A turn with one stretch of voice, up to the pause after it."""
    await hearing.says(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame())
    hearing.stt.hear(pcm)
    await hearing.says(VADUserStoppedSpeakingFrame())


async def test_nothing_is_sent_while_nobody_speaks(hearing: Hearing) -> None:
    hearing.stt.hear(bytes(16_000))
    assert hearing.engine.utterances == []


async def test_an_utterance_begins_with_the_half_second_before_it(hearing: Hearing) -> None:
    for value in (b"\1\0", b"\2\0", b"\3\0"):
        hearing.stt.hear(value * 2000)
    await speak(hearing, b"\4\0" * 100)
    assert hearing.utterance.audio == b"\2\0" * 2000 + b"\3\0" * 2000 + b"\4\0" * 100


async def test_a_pause_asks_the_engine_for_its_result(hearing: Hearing) -> None:
    await speak(hearing)
    assert hearing.utterance.finished


async def test_the_transcript_is_final_when_the_turn_is_over_and_not_before(hearing: Hearing) -> None:
    await speak(hearing)
    await hearing.result("yes")
    assert [(frame.text, frame.settled) for frame in hearing.down(InterimTranscriptionFrame)] == [("yes", True)]  # type: ignore[attr-defined]
    assert hearing.down(TranscriptionFrame) == []
    await hearing.says(UserStoppedSpeakingFrame())
    assert [type(frame).__name__ for frame in hearing.rig.down[-2:]] == [
        "TranscriptionFrame",
        "UserStoppedSpeakingFrame",
    ]


async def test_a_result_that_comes_after_the_turn_is_final_at_once(hearing: Hearing) -> None:
    await speak(hearing)
    await hearing.says(UserStoppedSpeakingFrame())
    await hearing.result("yes")
    assert [frame.text for frame in hearing.down(TranscriptionFrame)] == ["yes"]  # type: ignore[attr-defined]


async def test_interim_transcripts_go_both_ways(hearing: Hearing) -> None:
    await speak(hearing)
    await hearing.result("ye", final=False)
    assert [frame.text for frame in hearing.rig.up if isinstance(frame, InterimTranscriptionFrame)] == ["ye"]
    assert [frame.text for frame in hearing.down(InterimTranscriptionFrame)] == ["ye"]  # type: ignore[attr-defined]


async def test_going_on_within_the_turn_sends_the_whole_turn_again(hearing: Hearing) -> None:
    await speak(hearing, b"\1\0" * 100)
    await hearing.result("four")
    hearing.stt.hear(b"\0\0" * 50)
    await hearing.says(VADUserStartedSpeakingFrame())
    hearing.stt.hear(b"\2\0" * 100)
    assert hearing.utterance.audio == b"\1\0" * 100 + b"\0\0" * 50 + b"\2\0" * 100
    await hearing.says(VADUserStoppedSpeakingFrame())
    await hearing.result("four seven")
    await hearing.says(UserStoppedSpeakingFrame())
    assert [frame.text for frame in hearing.down(TranscriptionFrame)] == ["four seven"]  # type: ignore[attr-defined]
    assert [utterance.closed for utterance in hearing.engine.utterances] == [True, True]


async def test_a_new_turn_does_not_contain_the_last_one(hearing: Hearing) -> None:
    await speak(hearing, b"\1\0" * 100)
    await hearing.result("one")
    await hearing.says(UserStoppedSpeakingFrame())
    await speak(hearing, b"\2\0" * 100)
    assert hearing.utterance.audio == b"\2\0" * 100


async def test_what_cannot_be_understood_is_no_match(hearing: Hearing) -> None:
    await speak(hearing)
    await hearing.result("")
    await hearing.says(UserStoppedSpeakingFrame())
    assert len(hearing.down(NoMatchFrame)) == 1


async def test_a_failing_engine_is_told_to_supervisors_and_to_the_dialogue(hearing: Hearing) -> None:
    await speak(hearing)
    hearing.utterance.said.put_nowait(EngineError("the ear is gone"))
    await hearing.rig.settle()
    assert [(frame.error, frame.engine) for frame in hearing.rig.up if isinstance(frame, ErrorFrame)] == [
        ("the ear is gone", "stt")
    ]
    await hearing.says(UserStoppedSpeakingFrame())
    assert [(frame.engine, frame.error) for frame in hearing.down(EngineFailedFrame)] == [("stt", "the ear is gone")]  # type: ignore[attr-defined]


async def test_the_engine_is_told_what_is_expected_now(hearing: Hearing) -> None:
    class YesNo:
        grammar = "#JSGF V1.0; grammar g; public <g> = yes | no;"
        hints = ("yes", "no")

        def is_complete(self, text: str) -> bool:
            return True

        def keys_complete(self, keys: str) -> bool:
            return True

    hearing.rig.inbox.put(hearing.stt, ExpectedAnswersFrame(YesNo()), UP)
    await hearing.rig.settle()
    await speak(hearing)
    assert hearing.utterance.grammar == YesNo.grammar


ONE_TURN = (
    VADUserStartedSpeakingFrame(),
    UserStartedSpeakingFrame(),
    VADUserStoppedSpeakingFrame(),
    UserStoppedSpeakingFrame(),
)


async def test_a_caller_who_goes_on_before_the_result_is_there_gets_one_answer_to_all_of_it(hearing: Hearing) -> None:
    hearing.stt.hear(b"a" * 320)
    await hearing.says(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame())
    hearing.stt.hear(b"b" * 320)
    await hearing.says(VADUserStoppedSpeakingFrame(), UserStoppedSpeakingFrame())
    first = hearing.utterance
    await hearing.says(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame())
    hearing.stt.hear(b"c" * 320)
    first.said.put_nowait(Transcript("order", True))
    await hearing.says(VADUserStoppedSpeakingFrame())
    await hearing.result("order status")
    assert hearing.texts() == []
    await hearing.says(UserStoppedSpeakingFrame())
    assert (hearing.utterance.audio, hearing.texts()) == (b"a" * 320 + b"b" * 320 + b"c" * 320, ["order status"])


async def test_noise_that_is_no_turn_does_not_lose_the_answer_that_is_awaited(hearing: Hearing) -> None:
    await hearing.says(*ONE_TURN)
    await hearing.says(VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame())
    await hearing.result("order status")
    assert hearing.texts() == ["order status"]


async def test_an_engine_that_has_answered_is_never_too_late(hearing: Hearing) -> None:
    hearing.stt._deadline_secs = 0.0
    await hearing.says(*ONE_TURN[:2])
    hearing.utterance.said.put_nowait(Transcript("yes", True))
    await hearing.says(*ONE_TURN[2:])
    assert hearing.texts() == ["yes"]
    assert [frame for frame in hearing.rig.up if isinstance(frame, ErrorFrame)] == []


async def test_a_result_is_told_once(hearing: Hearing) -> None:
    await hearing.says(*ONE_TURN)
    await hearing.result("yes")
    await hearing.says(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    assert hearing.texts() == ["yes"]


async def test_an_endless_utterance_is_finished_once(hearing: Hearing) -> None:
    await hearing.says(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
    await hearing.result("la la la")
    await hearing.says(VADUserStoppedSpeakingFrame())
    assert (hearing.texts(), len(hearing.rig.inbox._timers)) == (["la la la"], 1)


async def test_an_engine_that_fails_after_the_turn_is_told_to_the_dialogue(hearing: Hearing) -> None:
    await hearing.says(*ONE_TURN)
    hearing.utterance.said.put_nowait(EngineError("gone"))
    await hearing.rig.settle()
    assert [(frame.engine, frame.error) for frame in hearing.rig.down if isinstance(frame, EngineFailedFrame)] == [
        ("stt", "gone")
    ]


async def test_what_a_lost_line_cut_off_is_not_answered(hearing: Hearing) -> None:
    await hearing.says(VADUserStartedSpeakingFrame(), UserStartedSpeakingFrame())
    cut_off = hearing.utterance
    await hearing.says(VADUserStoppedSpeakingFrame(), UserStoppedSpeakingFrame(), LineLostFrame())
    cut_off.said.put_nowait(Transcript("order", True))
    await hearing.says(*ONE_TURN)
    await hearing.result("yes")
    assert (hearing.texts(), cut_off.closed, hearing.utterance.audio) == (["yes"], True, b"")


async def test_a_result_in_time_calls_its_deadline_off(hearing: Hearing) -> None:
    await speak(hearing)
    deadline = hearing.stt._deadline
    assert deadline is not None
    await hearing.result("yes")
    assert deadline.cancelled()


async def test_an_engine_that_never_answers_has_failed_when_its_time_is_up(hearing: Hearing) -> None:
    hearing.stt._deadline_secs = 0.01
    await speak(hearing)
    await hearing.rig.until(lambda: any(isinstance(frame, ErrorFrame) for frame in hearing.rig.up))
    failed = next(frame for frame in hearing.rig.up if isinstance(frame, ErrorFrame))
    assert failed.error == "the speech engine gave no result within 0.01 s"


async def test_a_caller_who_speaks_to_a_person_is_heard_without_a_grammar_until_the_bot_asks_again() -> None:
    class Expected:
        grammar: str | None = "public <answer> = yes;"
        hints = ("yes",)

        def is_complete(self, text: str) -> bool:
            return False

        def keys_complete(self, keys: str) -> bool:
            return False

    hearing = Hearing()
    async with hearing.rig:
        grammars = []
        asked = ExpectedAnswersFrame(Expected())
        for frame in (asked, TakeOverFrame("anna"), HandBackFrame(), asked):
            hearing.rig.inbox.put(hearing.stt, frame, UP if frame is asked else FrameDirection.DOWNSTREAM)
            await hearing.rig.settle()
            await hearing.says(VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame())
            grammars.append(hearing.utterance.grammar)
    assert grammars == [Expected.grammar, None, None, Expected.grammar]


async def test_whoever_takes_turns_is_told_that_no_words_came(hearing: Hearing) -> None:
    await speak(hearing)
    await hearing.result("")
    assert [type(frame) for frame in hearing.rig.up] == [NoWordsFrame]


async def test_whoever_takes_turns_need_not_wait_for_an_engine_that_failed(hearing: Hearing) -> None:
    await speak(hearing)
    hearing.utterance.said.put_nowait(EngineError("gone"))
    await hearing.rig.settle()
    assert [type(frame) for frame in hearing.rig.up] == [ErrorFrame, NoWordsFrame]


async def test_what_was_not_understood_says_how_long_a_voice_was_heard(hearing: Hearing) -> None:
    hearing.stt.hear(bytes(8000))
    await speak(hearing, bytes(4000))
    await hearing.says(VADUserStartedSpeakingFrame())
    hearing.stt.hear(bytes(2000))
    await hearing.says(VADUserStoppedSpeakingFrame(), UserStoppedSpeakingFrame())
    await hearing.result("")
    (frame,) = hearing.down(NoMatchFrame)
    assert isinstance(frame, NoMatchFrame)
    assert frame.voice_secs == 6000 / 16_000


class Ear:
    """The dialogue's engine."""

    detects_turns = False


async def test_while_the_dialogues_engine_hears_the_caller_itself_nothing_is_transcribed(hearing: Hearing) -> None:
    hearing.rig.inbox.put(hearing.stt, ListeningFrame(Ear()), UP)
    await hearing.rig.settle()
    await speak(hearing)
    await hearing.says(UserStoppedSpeakingFrame())
    assert (hearing.engine.utterances, hearing.texts()) == ([], [])
    hearing.rig.inbox.put(hearing.stt, ListeningFrame(None), UP)
    await hearing.rig.settle()
    await speak(hearing)
    assert len(hearing.engine.utterances) == 1
