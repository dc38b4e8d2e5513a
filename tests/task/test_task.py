import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from appliance.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    MetricsData,
    MetricsFrame,
    StartFrame,
    TextFrame,
    TTFBMetricsData,
    TTSUsageMetricsData,
)
from appliance.pipeline import BaseObserver, FrameDirection, FrameProcessor, FramePushed, Pipeline
from appliance.task import PipelineParams, PipelineTask, PipelineWorker
from tests.pipeline.rig import Pass


class Seeing(Pass):
    """Writes down what passes."""

    def __init__(self) -> None:
        super().__init__(name="Seeing")
        self.seen: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        self.seen.append(frame)
        await super().process_frame(frame, direction)

    def names(self) -> list[str]:
        return [type(frame).__name__ for frame in self.seen]


class Doing(Pass):
    """Calls a method of its task when a text comes."""

    def __init__(self, what: str) -> None:
        super().__init__(name="Doing")
        self.task: PipelineTask
        self._what = what

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TextFrame):
            await getattr(self.task, self._what)()
        await super().process_frame(frame, direction)


@contextlib.asynccontextmanager
async def running(task: PipelineTask) -> AsyncIterator["asyncio.Task[Frame]"]:
    before = asyncio.all_tasks()
    run = asyncio.create_task(task.run())
    await asyncio.sleep(0)
    yield run
    await task.cancel()
    await asyncio.wait_for(run, 1)
    assert asyncio.all_tasks() == before


async def test_the_start_comes_first_and_says_what_is_measured() -> None:
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]), params=PipelineParams(enable_metrics=True, enable_usage_metrics=True))
    async with running(task):
        await task.queue_frames([TextFrame("a"), TextFrame("b")])
        await task.flush_pipeline()
        start = seeing.seen[0]
        assert isinstance(start, StartFrame)
        assert (start.enable_metrics, start.enable_usage_metrics) == (True, True)
        assert seeing.names() == ["StartFrame", "TextFrame", "TextFrame"]


async def test_frames_from_code_that_cannot_wait_take_the_same_way() -> None:
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]))
    async with running(task):
        task.post_frame(TextFrame("a"))
        await task.flush_pipeline()
        assert seeing.names() == ["StartFrame", "TextFrame"]


async def test_the_end_waits_for_what_was_said_before_it_and_a_cancellation_does_not() -> None:
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]))
    await task.queue_frames([TextFrame("a"), EndFrame()])
    assert isinstance(await asyncio.wait_for(task.run(), 1), EndFrame)
    assert seeing.names() == ["StartFrame", "TextFrame", "EndFrame"]
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]))
    await task.queue_frame(TextFrame("a"))
    await task.cancel(reason="enough")
    ended = await asyncio.wait_for(task.run(), 1)
    assert isinstance(ended, CancelFrame)
    assert ended.reason == "enough"
    assert seeing.names() == ["CancelFrame"]


@pytest.mark.parametrize(("what", "ends_with"), [("cancel", CancelFrame), ("stop_when_done", EndFrame)])
async def test_a_task_may_be_ended_from_within(what: str, ends_with: type[Frame]) -> None:
    doing = Doing(what)
    task = doing.task = PipelineTask(Pipeline([Pass(), doing]))
    await task.queue_frame(TextFrame("now"))
    assert isinstance(await asyncio.wait_for(task.run(), 1), ends_with)


async def test_a_task_of_a_processor_may_cancel_the_call_it_belongs_to() -> None:
    processor = Pass()
    task = PipelineTask(Pipeline([processor]))
    before = asyncio.all_tasks()
    run = asyncio.create_task(task.run())
    processor.create_task(task.cancel())
    assert isinstance(await asyncio.wait_for(run, 1), CancelFrame)
    assert asyncio.all_tasks() == before


async def test_the_end_and_a_cancellation_that_come_from_below_pass_the_whole_pipeline() -> None:
    class Ending(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, TextFrame):
                await self.push_frame(EndFrame("enough"), FrameDirection.UPSTREAM)
            await super().process_frame(frame, direction)

    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing, Ending()]))
    await task.queue_frame(TextFrame("bye"))
    ended = await asyncio.wait_for(task.run(), 1)
    assert isinstance(ended, EndFrame)
    assert (ended.reason, seeing.names()[-2:]) == ("enough", ["EndFrame", "EndFrame"])


async def test_a_fatal_error_ends_the_call_and_others_do_not() -> None:
    processor = Pass(name="Engine")
    task = PipelineTask(Pipeline([processor]))
    errors: list[str] = []

    @task.event_handler("on_pipeline_error")
    async def on_pipeline_error(task: PipelineTask, frame: ErrorFrame) -> None:
        errors.append(frame.error)

    run = asyncio.create_task(task.run())
    await asyncio.sleep(0)
    await processor.push_error("once")
    await task.flush_pipeline()
    assert not run.done()
    await processor.push_error("for good", fatal=True)
    ended = await asyncio.wait_for(run, 1)
    assert isinstance(ended, CancelFrame)
    assert (ended.reason, errors) == ("error", ["once", "for good"])


async def test_handlers_get_the_task_and_the_frame() -> None:
    task = PipelineTask(Pipeline([]))
    told: list[tuple[PipelineTask, str]] = []

    @task.event_handler("on_pipeline_started")
    async def on_pipeline_started(task: PipelineTask, frame: Frame) -> None:
        told.append((task, frame.name))
        await task.queue_frame(EndFrame())

    @task.event_handler("on_pipeline_finished")
    def on_pipeline_finished(task: PipelineTask, frame: Frame) -> None:
        told.append((task, frame.name))

    ended = await asyncio.wait_for(task.run(), 1)
    assert [one for one, _ in told] == [task, task]
    assert told[0][1].startswith("StartFrame#")
    assert told[1][1] == ended.name


async def test_handlers_that_fail_do_not_break_the_call(caplog: pytest.LogCaptureFixture) -> None:
    task = PipelineTask(Pipeline([]))

    @task.event_handler("on_pipeline_started")
    @task.event_handler("on_pipeline_finished")
    def fails(task: PipelineTask, frame: Frame) -> None:
        raise ValueError("no")

    async with running(task):
        await task.flush_pipeline()
    assert [record.getMessage() for record in caplog.records] == [
        "on_pipeline_started failed",
        "on_pipeline_finished failed",
    ]


async def test_what_is_queued_after_the_end_is_dropped() -> None:
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]))
    async with running(task) as run:
        await task.cancel()
        await asyncio.wait_for(run, 1)
        seen = seeing.names()
        await task.queue_frames([TextFrame("late"), InterruptionFrame(), EndFrame()])
        await asyncio.wait_for(task.flush_pipeline(), 1)
        assert seeing.names() == seen


async def test_an_interruption_passes_the_whole_pipeline() -> None:
    seeing = Seeing()
    task = PipelineTask(Pipeline([seeing]))
    async with running(task):
        await task.interrupt()
        await task.flush_pipeline()
        assert seeing.names()[-1] == "InterruptionFrame"


async def test_whoever_waits_for_the_end_learns_that_the_pipeline_broke() -> None:
    class Exits(Pass):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, TextFrame):
                raise asyncio.CancelledError
            await super().process_frame(frame, direction)

    task = PipelineTask(Pipeline([Exits()]))
    await task.queue_frame(TextFrame("x"))
    with pytest.raises(RuntimeError, match=r"^the pipeline was stopped from outside$"):
        await asyncio.wait_for(task.run(), 1)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (PipelineParams(), []),
        (PipelineParams(enable_metrics=True), ["TTFBMetricsData"]),
        (PipelineParams(enable_usage_metrics=True), ["TTSUsageMetricsData"]),
        (PipelineParams(enable_metrics=True, enable_usage_metrics=True), ["TTFBMetricsData", "TTSUsageMetricsData"]),
    ],
)
async def test_what_is_measured_is_what_was_asked_for(params: PipelineParams, expected: list[str]) -> None:
    engine, seeing = Pass(), Seeing()
    task = PipelineTask(Pipeline([engine, seeing]), params=params)
    async with running(task):
        data: tuple[MetricsData, ...] = (TTFBMetricsData("x", value=1.0), TTSUsageMetricsData("x", value=5))
        await engine.push_metrics(*data)
        await task.flush_pipeline()
        told = [one for frame in seeing.seen if isinstance(frame, MetricsFrame) for one in frame.data]
        assert [type(one).__name__ for one in told] == expected


async def test_observers_see_what_they_asked_for() -> None:
    class Watching(BaseObserver):
        frame_types = (TextFrame,)

        def __init__(self) -> None:
            self.seen: list[tuple[str, str]] = []

        async def on_push_frame(self, data: FramePushed) -> None:
            self.seen.append((str(data.source), str(data.destination)))

    watching = Watching()
    task = PipelineTask(Pipeline([Pass(name="One"), Pass(name="Two")]), observers=[watching])
    async with running(task):
        await task.queue_frame(TextFrame("x"))
        await task.flush_pipeline()
    assert watching.seen == [("Source", "One"), ("One", "Two"), ("Two", "Sink")]


async def test_rtvi_stands_first_and_may_be_left_out() -> None:
    processor = Pass(name="Mine")
    task = PipelineTask(Pipeline([processor]))
    assert task.processors == [task.rtvi, processor]
    with pytest.raises(RuntimeError, match=r"^this task was made with enable_rtvi=False and has no RTVI processor$"):
        _ = PipelineTask(Pipeline([FrameProcessor()]), enable_rtvi=False).rtvi


def test_a_worker_is_a_task() -> None:
    assert PipelineWorker is PipelineTask
