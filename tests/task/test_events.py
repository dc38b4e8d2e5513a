import asyncio

import pytest

from appliance.task import events
from appliance.task.events import EventHandlers


async def test_plain_and_async_handlers_are_called_in_order() -> None:
    called: list[str] = []
    handlers = EventHandlers("on_it")

    @handlers.on("on_it")
    def plain(what: str) -> None:
        called.append(f"plain {what}")

    @handlers.on("on_it")
    async def waits(what: str) -> None:
        await asyncio.sleep(0)
        called.append(f"async {what}")

    await handlers.fire("on_it", "x")
    assert called == ["plain x", "async x"]


def test_an_unknown_event_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"^there is no event 'on_this', only on_it, on_that$"):
        EventHandlers("on_that", "on_it").on("on_this")


def test_it_is_known_whether_anybody_waits() -> None:
    handlers = EventHandlers("on_it")
    assert not handlers.has("on_it")
    handlers.on("on_it")(print)
    assert handlers.has("on_it")


async def test_a_handler_that_fails_or_hangs_keeps_nobody_else_from_being_called(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(events, "HANDLER_SECS", 0.01)
    called: list[str] = []
    handlers = EventHandlers("on_it")

    @handlers.on("on_it")
    def fails() -> None:
        raise ValueError("no")

    @handlers.on("on_it")
    async def hangs() -> None:
        await asyncio.Event().wait()

    handlers.on("on_it")(lambda: called.append("last"))
    await handlers.fire("on_it")
    assert (called, [record.getMessage() for record in caplog.records]) == (["last"], ["on_it failed"] * 2)
