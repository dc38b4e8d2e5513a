"""The call's one task for work that may take time."""

import asyncio
from functools import partial

from appliance.rtvi.audience import Seat
from appliance.rtvi.jobs import Jobs, current_seat
from tests.rtvi.stage import FakeViewer, Relay, Stage


async def test_jobs_run_one_after_another_each_for_its_viewer() -> None:
    async with Stage() as stage:
        ran: list[Seat | None] = []
        seat = Seat(FakeViewer())
        jobs = Jobs(stage.mouth)

        async def job() -> None:
            await asyncio.sleep(0)
            ran.append(current_seat.get())

        for each in (seat, None, seat):
            jobs.submit(job, each)
        assert (len(jobs), ran) == (3, [])
        async with asyncio.timeout(5):
            while len(jobs):  # noqa: ASYNC110, jobs tell nobody that they are done
                await asyncio.sleep(0)
        assert ran == [seat, None, seat]


async def test_viewers_take_turns_and_each_one_s_jobs_keep_their_order() -> None:
    async with Stage() as stage:
        ran: list[str] = []
        busy, other = Seat(FakeViewer("busy")), Seat(FakeViewer("other"))
        jobs = Jobs(stage.mouth)

        async def job(name: str) -> None:
            if name == "busy 0":
                jobs.submit(partial(job, "busy 4"), busy)
            await asyncio.sleep(0)
            ran.append(name)

        for number in range(4):
            jobs.submit(partial(job, f"busy {number}"), busy)
        jobs.submit(partial(job, "other 0"), other)
        jobs.submit(partial(job, "other 1"), other)
        jobs.submit(partial(job, "call 0"))
        async with asyncio.timeout(5):
            while len(jobs):  # noqa: ASYNC110, jobs tell nobody that they are done
                await asyncio.sleep(0)
        assert ran == ["busy 0", "other 0", "call 0", "busy 1", "other 1", "busy 2", "busy 3", "busy 4"]


async def test_a_job_that_fails_does_not_end_the_others() -> None:
    async with Stage() as stage:
        done = asyncio.Event()
        jobs = Jobs(stage.mouth)

        async def fails() -> None:
            raise ValueError

        async def works() -> None:
            done.set()

        jobs.submit(fails)
        jobs.submit(works)
        async with asyncio.timeout(5):
            await done.wait()


async def test_jobs_wait_for_a_call_to_belong_to() -> None:
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    owner = Relay()
    jobs = Jobs(owner)
    jobs.submit(job)
    await asyncio.sleep(0)
    assert not ran.is_set()
    async with Stage() as stage:
        owner.link(stage.inbox, None, None, ())
        jobs.wake()
        async with asyncio.timeout(5):
            await ran.wait()
