"""Log lines of a call, for its viewers."""

import asyncio
import logging

from appliance.rtvi import RTVIObserverParams
from appliance.rtvi.system_log import CallLog
from tests.rtvi.stage import Stage

log = logging.getLogger("appliance.test")


async def test_a_viewer_gets_the_lines_of_this_call_and_no_others() -> None:
    async with Stage(RTVIObserverParams(system_logs_enabled=True), call_id="CA7") as stage:
        watcher = await stage.watcher()
        log.warning("of this call token=secret", extra={"call_id": "CA7"})
        log.warning("of another", extra={"call_id": "CA8"})
        log.warning("of none")
        await asyncio.sleep(0)
        line = "WARNING appliance.test: of this call token=..."
        assert watcher.got == [{"type": "system-log", "data": {"text": line}}]
        assert watcher.outgoing[0].droppable


async def test_without_the_switch_there_are_no_lines() -> None:
    async with Stage(call_id="CA9") as stage:
        watcher = await stage.watcher()
        log.warning("of this call", extra={"call_id": "CA9"})
        await asyncio.sleep(0)
        assert watcher.got == []


async def test_lines_of_other_threads_arrive_in_the_calls_own() -> None:
    lines: list[str] = []
    heard = asyncio.Event()

    def tell(line: str) -> None:
        lines.append(line)
        heard.set()

    call_log = CallLog("CA5", tell)
    await asyncio.to_thread(log.warning, "from %s", "afar", extra={"call_id": "CA5"})
    async with asyncio.timeout(5):
        await heard.wait()
    assert (lines, call_log is not None) == (["WARNING appliance.test: from afar"], True)
