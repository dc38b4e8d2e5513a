import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from appliance.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    InterruptionFrame,
    TextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import FrameDirection
from tests.pipeline.rig import Pass, Rig

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class Answering(Pass):
    """Sends a text back upstream for each text that comes down."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame) and direction is DOWN:
            await self.push_frame(TextFrame(f"re: {frame.text}"), UP)


class Waiting(Pass):
    """Somebody's processor that waits for the outside world."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TextFrame | FunctionCallResultFrame):
            self.entered.set()
            await self.let_go.wait()
        await super().process_frame(frame, direction)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with Rig(Pass(), Pass()) as rig:
        yield rig


async def test_system_frames_come_out_first_and_each_kind_in_order(rig: Rig) -> None:
    frames = [TextFrame("a"), UserStartedSpeakingFrame(), TextFrame("b"), UserStartedSpeakingFrame()]
    for frame in frames:
        await rig.source.push_frame(frame)
    await rig.inbox.wait_idle()
    assert rig.down == [frames[1], frames[3], frames[0], frames[2]]


async def test_a_push_back_to_a_busy_processor_waits_until_it_is_done() -> None:
    order: list[str] = []

    class First(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            order.append(f"in {direction.name}")
            await super().process_frame(frame, direction)
            order.append(f"out {direction.name}")

    async with Rig(First(), Answering()) as rig:
        await rig.source.push_frame(TextFrame("hello"))
        await rig.inbox.wait_idle()
        assert order == ["in DOWNSTREAM", "out DOWNSTREAM", "in UPSTREAM", "out UPSTREAM"]
        assert [frame.text for frame in rig.up if isinstance(frame, TextFrame)] == ["re: hello"]


async def test_an_interruption_drops_what_waits_but_for_results_and_the_end(rig: Rig) -> None:
    result = FunctionCallResultFrame("f", "1", {}, "r")
    end = EndFrame()
    interruption = InterruptionFrame()
    for frame in (TextFrame("a"), result, TTSSpeakFrame("b"), end, interruption):
        await rig.source.push_frame(frame)
    await rig.inbox.wait_idle()
    assert rig.down == [interruption, result, end]


async def test_an_interruption_cuts_off_a_processor_that_waits_over_text() -> None:
    waiting = Waiting()
    async with Rig(waiting) as rig:
        await rig.source.push_frame(TextFrame("slow"))
        await asyncio.wait_for(waiting.entered.wait(), 1)
        interruption = InterruptionFrame()
        await rig.source.push_frame(interruption)
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        assert rig.down == [interruption]


async def test_an_interruption_waits_for_a_processor_that_waits_over_a_result() -> None:
    waiting = Waiting()
    async with Rig(waiting) as rig:
        result = FunctionCallResultFrame("f", "1", {}, "r")
        await rig.source.push_frame(result)
        await asyncio.wait_for(waiting.entered.wait(), 1)
        interruption = InterruptionFrame()
        await rig.source.push_frame(interruption)
        waiting.let_go.set()
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        assert rig.down == [result, interruption]


async def test_an_interruption_silences_the_output_before_anything_is_dispatched(rig: Rig) -> None:
    heard: list[str] = []
    rig.inbox.on_interruption.append(lambda: heard.append("silence"))
    rig.inbox.put(rig.source, InterruptionFrame(), DOWN)
    assert heard == ["silence"]


async def test_frames_of_an_interrupted_reply_are_dropped_when_they_come_late(rig: Rig) -> None:
    old = rig.inbox.replies.begin()
    interruption = InterruptionFrame()
    await rig.source.push_frame(interruption)
    new = rig.inbox.replies.begin()
    late, fresh = TextFrame("late", reply=old), TextFrame("fresh", reply=new)
    await rig.source.push_frame(late)
    await rig.source.push_frame(fresh)
    await rig.inbox.wait_idle()
    assert rig.down == [interruption, fresh]


async def test_an_interruption_cancels_reply_tasks_only(rig: Rig) -> None:
    gone: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            gone.append(name)

    reply = rig.source.create_task(work("reply"), reply=True)
    other = rig.source.create_task(work("other"))
    await asyncio.sleep(0)
    await rig.source.push_frame(InterruptionFrame())
    await asyncio.wait({reply}, timeout=1)
    assert (gone, other.done()) == (["reply"], False)


async def test_a_task_is_not_cancelled_by_its_own_interruption(rig: Rig) -> None:
    done: list[str] = []

    async def work() -> None:
        await rig.source.push_frame(InterruptionFrame())
        await asyncio.sleep(0)
        done.append("finished")

    await asyncio.wait_for(rig.source.create_task(work(), reply=True), 1)
    assert done == ["finished"]


async def test_a_failing_processor_is_an_error_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, TextFrame) and frame.text == "boom":
                raise ValueError("secret words")
            await super().process_frame(frame, direction)

    async with Rig(Broken(name="Broken")) as rig:
        await rig.source.push_frame(TextFrame("boom"))
        fine = TextFrame("fine")
        await rig.source.push_frame(fine)
        await rig.inbox.wait_idle()
        assert rig.down == [fine]
        assert [frame.error for frame in rig.up if isinstance(frame, ErrorFrame)] == ["Broken failed: ValueError"]
    assert "Broken failed on TextFrame" in caplog.text


async def test_a_failing_task_is_an_error_that_the_owner_of_the_pipeline_hears_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise OSError("no route")

    engine = Pass(name="Engine")
    async with Rig(engine) as rig:
        await asyncio.wait({engine.create_task(work())}, timeout=1)
        await rig.inbox.wait_idle()
        assert [frame.error for frame in rig.up if isinstance(frame, ErrorFrame)] == ["Engine failed: OSError"]


async def test_what_is_pushed_after_a_second_interruption_survives_the_first_ones_dispatch(rig: Rig) -> None:
    first, second, fresh = InterruptionFrame(), InterruptionFrame(), TextFrame("fresh")
    for frame in (first, TextFrame("stale"), second, fresh):
        await rig.source.push_frame(frame)
    await rig.inbox.wait_idle()
    assert rig.down == [first, second, fresh]


async def test_a_reply_begun_after_a_second_interruption_survives_the_first_ones_dispatch(rig: Rig) -> None:
    await rig.source.push_frame(InterruptionFrame())
    await rig.source.push_frame(InterruptionFrame())
    fresh = TextFrame("fresh", reply=rig.inbox.replies.begin())
    await rig.source.push_frame(fresh)
    await rig.inbox.wait_idle()
    assert rig.down[2:] == [fresh]


async def test_an_interruption_does_not_lose_the_end_that_a_text_led_to() -> None:
    class Ending(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(EndFrame() if isinstance(frame, TextFrame) else frame, direction)

    class WaitingOverTheEnd(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, EndFrame):
                entered.set()
                await let_go.wait()
            await super().process_frame(frame, direction)

    entered, let_go = asyncio.Event(), asyncio.Event()
    async with Rig(Ending(), WaitingOverTheEnd()) as rig:
        await rig.source.push_frame(TextFrame("bye"))
        await asyncio.wait_for(entered.wait(), 1)
        await rig.source.push_frame(InterruptionFrame())
        let_go.set()
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        assert rig.names() == ["EndFrame", "InterruptionFrame"]


async def test_a_processor_that_swallows_its_cut_does_not_keep_the_call_from_closing() -> None:
    class Stubborn(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, TextFrame):
                entered.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
            await super().process_frame(frame, direction)

    entered = asyncio.Event()
    async with Rig(Stubborn()) as rig:
        await rig.source.push_frame(TextFrame("slow"))
        await asyncio.wait_for(entered.wait(), 1)
        await rig.source.push_frame(InterruptionFrame())
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        await asyncio.wait_for(rig.inbox.close(), 1)
        assert rig.task is not None
        assert rig.task.cancelled()


async def test_closing_in_the_same_moment_as_a_cut_closes() -> None:
    waiting = Waiting()
    async with Rig(waiting) as rig:
        await rig.source.push_frame(TextFrame("slow"))
        await asyncio.wait_for(waiting.entered.wait(), 1)
        rig.inbox.put(rig.source, InterruptionFrame(), DOWN)
        await asyncio.wait_for(rig.inbox.close(), 1)


async def test_a_cancellation_waits_for_no_processor() -> None:
    waiting = Waiting()
    async with Rig(waiting) as rig:
        await rig.source.push_frame(FunctionCallResultFrame("f", "1", {}, "r"))
        await asyncio.wait_for(waiting.entered.wait(), 1)
        await rig.source.push_frame(CancelFrame())
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        assert rig.names() == ["CancelFrame"]


async def test_a_viewers_push_while_a_dispatch_waits_comes_after_it() -> None:
    waiting = Waiting()
    async with Rig(waiting) as rig:
        await rig.source.push_frame(FunctionCallResultFrame("f", "1", {}, "r"))
        await asyncio.wait_for(waiting.entered.wait(), 1)
        await rig.source.push_frame(UserStartedSpeakingFrame())
        assert rig.down == []
        waiting.let_go.set()
        await asyncio.wait_for(rig.inbox.wait_idle(), 1)
        assert rig.names() == ["FunctionCallResultFrame", "UserStartedSpeakingFrame"]


async def test_after_the_end_nothing_is_taken_in_and_nobody_is_kept_waiting(rig: Rig) -> None:
    await rig.inbox.close()
    await rig.source.push_frame(InterruptionFrame())
    await rig.source.push_frame(TextFrame("late"))
    await asyncio.wait_for(rig.inbox.wait_idle(), 1)
    assert rig.down == []


async def test_a_slow_dispatch_is_logged_with_the_processor_that_was_slow(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("appliance.pipeline.inbox.time.monotonic", lambda: now[0])

    class Slow(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            now[0] += 0.25
            await super().process_frame(frame, direction)

    with caplog.at_level(logging.WARNING):
        async with Rig(Pass(name="Fast"), Slow(name="Slow"), Pass(name="Last")) as rig:
            await rig.source.push_frame(TextFrame("x"))
            await rig.inbox.wait_idle()
    assert [record.getMessage() for record in caplog.records] == [
        "Slow took 250 ms over TextFrame, more than the 100 ms a processor may take"
    ]


async def test_closing_cancels_tasks_and_timers(rig: Rig) -> None:
    fired: list[str] = []
    task = rig.source.create_task(asyncio.Event().wait())  # type: ignore[arg-type]
    timer = rig.inbox.later_call(60, fired.append, "late")
    await rig.inbox.close()
    assert (task.cancelled(), timer.cancelled(), fired) == (True, True, [])


async def test_timers_that_are_over_are_forgotten(rig: Rig) -> None:
    for _ in range(100):
        rig.inbox.later_call(60, print).cancel()
    rig.inbox.later_call(60, print)
    assert len(rig.inbox._timers) == 1
    await rig.inbox.close()


async def test_what_the_caller_said_is_not_lost_to_an_interruption(rig: Rig) -> None:
    said, interruption = TranscriptionFrame("yes"), InterruptionFrame()
    for frame in (TextFrame("dropped"), said, interruption):
        await rig.source.push_frame(frame)
    await rig.inbox.wait_idle()
    assert rig.down == [interruption, said]
