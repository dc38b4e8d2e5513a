"""What viewers that never read cost: sampled memory, over real sockets."""

import asyncio
import contextlib
import gc
import resource
from pathlib import Path

import orjson
import pytest

from appliance.settings import SupervisionSettings
from appliance.supervision import socket as viewer_socket
from appliance.supervision.feed import MAX_BYTES
from appliance.supervision.socket import MOST_WRITTEN_BYTES
from tests.supervision.deaf import deaf
from tests.supervision.desk import READY, Desk, snapshot

BIG = {"text": "x" * 20_000}
DEAF = 10
EVENTS = 3000
MIB = 1_048_576


@pytest.fixture
def supervision() -> SupervisionSettings:
    """As it comes, but that a call's address goes with the call."""
    return SupervisionSettings(linger_secs=0)


def resident_bytes() -> int:
    """What this process, where the server runs, has in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def test_viewers_that_never_read_cost_a_fixed_amount_of_memory_and_the_others_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_socket, "GRACE_SECS", 0.2)
    bot = desk.call()
    async with contextlib.AsyncExitStack() as stack:
        silent = [
            await stack.enter_async_context(deaf(desk.port, f"/rtvi/CA1?token={desk.token}")) for _ in range(DEAF)
        ]
        reader = await stack.enter_async_context(desk.watching())
        for each in silent:
            await each.say(orjson.dumps(READY).decode())
        await reader.ready()
        await snapshot(reader)
        while len(bot.ready) < DEAF + 1:  # noqa: ASYNC110 - the server takes the messages in its own time
            await asyncio.sleep(0)
        gc.collect()
        before, most = resident_bytes(), 0
        for _ in range(EVENTS):
            seq = bot.tell("user-llm-text", BIG, droppable=True)
            assert (await reader.next())["seq"] == seq
            most = max(most, resident_bytes() - before)
        # Each was told 60 MB; they share what waits, but not what was written already.
        assert most < 2 * MAX_BYTES + DEAF * 2 * MOST_WRITTEN_BYTES + 4 * MIB
        assert desk.connections == DEAF + 1
        while desk.connections > 1:
            seq = bot.tell("user-llm-text", BIG)
            assert (await reader.next())["seq"] == seq
        assert resident_bytes() - before < 2 * MAX_BYTES + 4 * MIB
