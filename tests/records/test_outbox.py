"""Notices that wait, on a real SQLite file."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from appliance.records import RecordStore, sqlite_url
from appliance.records.outbox import MOST_AT_ONCE, Notice, Outbox
from appliance.records.tables import NoticeRow

ONE = Notice("1", "office@example.com", {"call_id": "CA1", "name": "message-1"})
OTHER = replace(ONE, id="2", to="https://example.com/")


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    yield Outbox(store.engine)
    await store.close()


async def test_a_notice_is_taken_once_however_often_it_is_given(outbox: Outbox) -> None:
    await outbox.add([ONE, OTHER], 10)
    await outbox.add([ONE], 5)
    await outbox.add([], 5)
    assert await outbox.due(9) == []
    assert await outbox.due(10) == [ONE, OTHER]
    assert await outbox.counts() == (2, 0)


async def test_what_was_sent_is_gone_and_what_was_not_comes_again(outbox: Outbox) -> None:
    await outbox.add([ONE, OTHER], 10)
    await outbox.sent(ONE)
    await outbox.failed(OTHER, "it is out of order", 50)
    assert (await outbox.due(49), await outbox.next_at()) == ([], 50)
    assert await outbox.due(50) == [replace(OTHER, tries=1)]


async def test_what_is_given_up_is_kept_without_the_caller_and_never_due(outbox: Outbox) -> None:
    told = replace(ONE, about={**ONE.about, "caller": "+15555550123", "transcript": "Call me."})
    await outbox.add([told], 10)
    await outbox.failed(told, "it is out of order", None)
    async with AsyncSession(outbox._engine) as session:
        row = (await session.scalars(select(NoticeRow))).one()
    assert (row.about, row.tries, row.error) == (ONE.about, 1, "it is out of order")
    assert (await outbox.due(1e12), await outbox.next_at(), await outbox.counts()) == ([], None, (0, 1))


async def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    for turn in range(2):
        store = RecordStore(sqlite_url(tmp_path))
        await store.open()
        outbox = Outbox(store.engine)
        if turn == 0:
            await outbox.add([ONE], 10)
            await outbox.failed(ONE, "it is out of order", 20)
        else:
            assert await outbox.due(20) == [replace(ONE, tries=1)]
        await store.close()


async def test_only_so_many_come_in_one_go(outbox: Outbox) -> None:
    await outbox.add([replace(ONE, id=str(number)) for number in range(MOST_AT_ONCE + 5)], 1)
    assert len(await outbox.due(1)) == MOST_AT_ONCE
