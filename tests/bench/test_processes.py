"""Processes that are measured."""

import os
import sys

import pytest

from appliance.bench.processes import busy_secs, cores, cpu_secs, output_of, rss_mb, running
from appliance.errors import StartError
from appliance.speech.canned_server import LISTENING

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc")


async def test_a_process_runs_on_its_core_until_the_end_of_the_block() -> None:
    core = cores()[-1]
    async with running("appliance.speech.canned_server", (), LISTENING, [core]) as server:
        assert server.said.startswith("tcp://127.0.0.1:")
        assert os.sched_getaffinity(server.pid) == {core}
        assert cpu_secs(server.pid) > 0
        assert 10 < rss_mb(server.pid) < 1000
    assert server.process.returncode is not None


async def test_a_process_that_does_not_say_that_it_is_ready_is_a_failed_start() -> None:
    with pytest.raises(StartError, match=r"^platform does not start: Linux"):
        async with running("platform", (), "ready "):
            pass


async def test_the_output_of_a_process_that_fails_is_an_error() -> None:
    assert (await output_of("platform", (), cores(), 30)).startswith(b"Linux")
    with pytest.raises(StartError, match=r"^json\.tool failed with status \d$"):
        await output_of("json.tool", ("/nowhere.json",), cores(), 30)


async def test_a_python_that_is_not_there_is_a_failed_start() -> None:
    with pytest.raises(StartError, match=r"^/nowhere/python does not run: No such file or directory$"):
        await output_of("platform", (), cores(), 30, python="/nowhere/python")
    with pytest.raises(StartError, match=r"^/nowhere/python does not run: No such file or directory$"):
        async with running("platform", (), "Linux", python="/nowhere/python"):
            pass


def test_a_core_has_been_busy() -> None:
    assert busy_secs(cores()[0]) > 0
    with pytest.raises(StartError, match="there is no core 4096"):
        busy_secs(4096)
