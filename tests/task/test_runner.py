import asyncio

from appliance.frames import CancelFrame, EndFrame
from appliance.pipeline import Pipeline
from appliance.task import PipelineRunner, PipelineTask


async def test_a_task_runs_to_the_frame_that_ends_it() -> None:
    task = PipelineTask(Pipeline([]))
    await task.stop_when_done()
    assert isinstance(await asyncio.wait_for(PipelineRunner().run(task), 1), EndFrame)


async def test_leaving_the_runner_cancels_what_runs() -> None:
    tasks = [PipelineTask(Pipeline([])) for _ in range(2)]
    async with PipelineRunner() as runner:
        runs = [asyncio.create_task(runner.run(task)) for task in tasks]
        await asyncio.sleep(0)
    ended = await asyncio.wait_for(asyncio.gather(*runs), 1)
    assert [type(frame) for frame in ended] == [CancelFrame, CancelFrame]


async def test_a_runner_whose_tasks_are_over_has_nothing_to_cancel() -> None:
    runner, task = PipelineRunner(), PipelineTask(Pipeline([]))
    await task.cancel()
    await asyncio.wait_for(runner.run(task), 1)
    await runner.cancel()
