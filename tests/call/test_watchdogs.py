import asyncio
from collections.abc import AsyncIterator

import pytest

from appliance.call.watchdogs import DeadAirWatchdog
from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    HandBackFrame,
    InputDTMFFrame,
    LineBackFrame,
    LineLostFrame,
    LLMFullResponseStartFrame,
    MessageTakenFrame,
    NoInputFrame,
    StartFrame,
    TakeMessageFrame,
    TakeOverFrame,
    TextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    WantedMessage,
)
from tests.pipeline.rig import Pass, Rig


class Watched:
    def __init__(self) -> None:
        self.fired = asyncio.Event()
        self.watchdog = DeadAirWatchdog(self.fired.set, secs=60, call_id="CA1")
        self.rig = Rig(Pass(), Pass(), observers=(self.watchdog,))

    @property
    def waits(self) -> bool:
        return self.watchdog._timer is not None


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched = Watched()
    async with watched.rig:
        yield watched
    watched.watchdog.stop()


@pytest.mark.parametrize(
    "frame", [StartFrame(), UserStoppedSpeakingFrame(), InputDTMFFrame("1"), NoInputFrame(), LineBackFrame()]
)
async def test_an_answer_is_due_after(watched: Watched, frame: Frame) -> None:
    await watched.rig.send(frame)
    assert watched.waits


@pytest.mark.parametrize(
    "kind", [BotStartedSpeakingFrame, UserStartedSpeakingFrame, LineLostFrame, EndFrame, CancelFrame]
)
async def test_nobody_waits_after(watched: Watched, kind: type[Frame]) -> None:
    await watched.rig.send(UserStoppedSpeakingFrame(), kind())
    assert not watched.waits


async def test_a_caller_who_waits_too_long_is_told_of(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.watchdog._secs = 0.01
    await watched.rig.send(StartFrame())
    await asyncio.wait_for(watched.fired.wait(), 5)
    assert [(record.getMessage(), record.__dict__["call_id"]) for record in caplog.records] == [
        ("a caller has waited 0 s for an answer", "CA1")
    ]
    assert not watched.waits


async def test_a_bot_that_falls_silent_in_the_middle_of_its_reply_is_waited_for(watched: Watched) -> None:
    watched.rig.inbox.replies.begin()
    await watched.rig.send(BotStartedSpeakingFrame(), BotStoppedSpeakingFrame())
    assert watched.waits


async def test_a_function_has_its_own_time_and_then_an_answer_is_due(watched: Watched) -> None:
    watched.rig.inbox.replies.begin()
    await watched.rig.send(UserStoppedSpeakingFrame(), FunctionCallInProgressFrame("a", "1", {}))
    assert not watched.waits
    await watched.rig.send(FunctionCallInProgressFrame("b", "2", {}), BotStartedSpeakingFrame())
    await watched.rig.send(BotStoppedSpeakingFrame(), FunctionCallResultFrame("a", "1", {}, None))
    assert not watched.waits
    await watched.rig.send(FunctionCallResultFrame("b", "2", {}, None))
    assert watched.waits


async def test_nobody_waits_for_what_comes_of_a_function_when_the_caller_has_spoken(watched: Watched) -> None:
    await watched.rig.send(FunctionCallInProgressFrame("a", "1", {}), UserStartedSpeakingFrame())
    await watched.rig.send(FunctionCallResultFrame("a", "1", {}, None))
    assert not watched.waits
    await watched.rig.send(FunctionCallInProgressFrame("a", "2", {}), FunctionCallCancelFrame("a", "2"))
    await watched.rig.send(UserStoppedSpeakingFrame())
    assert watched.waits


async def test_a_function_that_a_client_executes_changes_nothing(watched: Watched) -> None:
    watched.rig.inbox.replies.begin()
    await watched.rig.send(FunctionCallInProgressFrame("a", "1", {}, by_client=True), UserStoppedSpeakingFrame())
    assert watched.waits


async def test_a_bot_that_has_said_all_is_not_waited_for(watched: Watched) -> None:
    await watched.rig.send(BotStartedSpeakingFrame(), BotStoppedSpeakingFrame())
    assert not watched.waits


async def test_nobody_waits_in_a_call_that_is_over_even_if_its_bot_was_cut_off(watched: Watched) -> None:
    watched.rig.inbox.replies.begin()
    await watched.rig.send(BotStartedSpeakingFrame())
    watched.watchdog.stop()
    await watched.rig.send(CancelFrame(), BotStoppedSpeakingFrame())
    assert not watched.waits


async def test_a_frame_that_is_overtaken_by_a_newer_one_changes_nothing(watched: Watched) -> None:
    older, newer = BotStartedSpeakingFrame(), UserStoppedSpeakingFrame()
    await watched.rig.send(newer, older, TextFrame("x"))
    assert watched.waits


async def test_a_line_that_is_lost_in_mid_speech_is_not_waited_on(watched: Watched) -> None:
    lost, stopped = LineLostFrame(), UserStoppedSpeakingFrame()
    await watched.rig.send(stopped, lost)
    assert not watched.waits
    await watched.rig.send(UserStoppedSpeakingFrame())
    assert not watched.waits
    await watched.rig.send(LineBackFrame())
    assert watched.waits


async def test_nobody_waits_for_a_bot_while_a_person_speaks_in_its_place(watched: Watched) -> None:
    await watched.rig.send(UserStoppedSpeakingFrame(), TakeOverFrame("anna"))
    assert not watched.waits
    await watched.rig.send(UserStoppedSpeakingFrame(), InputDTMFFrame("1"))
    assert not watched.waits
    await watched.rig.send(HandBackFrame())
    assert watched.waits


async def test_a_bot_that_is_handed_the_call_while_the_line_is_lost_is_waited_for_when_it_is_back(
    watched: Watched,
) -> None:
    await watched.rig.send(TakeOverFrame("anna"), LineLostFrame(), HandBackFrame())
    assert not watched.waits
    await watched.rig.send(LineBackFrame())
    assert watched.waits


@pytest.mark.parametrize("aloud", [True, False])
async def test_a_reply_that_is_not_spoken_is_not_waited_for(watched: Watched, aloud: bool) -> None:
    await watched.rig.send(UserStoppedSpeakingFrame(), LLMFullResponseStartFrame(aloud))
    assert watched.waits is aloud


async def test_nobody_waits_while_a_message_is_left_and_an_answer_is_due_after_it(watched: Watched) -> None:
    await watched.rig.send(TakeMessageFrame(WantedMessage()), UserStoppedSpeakingFrame())
    assert not watched.waits
    await watched.rig.send(MessageTakenFrame("silence"))
    assert watched.waits
