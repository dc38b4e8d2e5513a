"""The store, on real SQLite files."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import StartError
from appliance.records import CallRecord, DeedRecord, RecordStore, SoundRecord, TurnRecord, sqlite_url

CALL = CallRecord(
    "CA1", "twilio", "+15555550123", "+15555550100", "reception", 1_800_000_000.25, metadata={"tags": ["a"]}
)
ENDED = replace(CALL, answered_at=1_800_000_001.0, ended_at=1_800_000_009.5, outcome="completed", duration_secs=8.5)
HELLO = TurnRecord("CA1", 0, "bot", "Good day, this is us.", 1_800_000_001.0, heard="Good day,")
LOOKED_UP = TurnRecord("CA1", 1, "function", "order_status", 1_800_000_002.0, details={"result": {"state": "größer"}})

SAID = DeedRecord("CA1", 0, 1_800_000_003.25, "anna", "supervisor", "send-text", "done")
REFUSED = DeedRecord("CA1", 1, 1_800_000_004.0, "ben", "coach", "action call:hangup", "Not permitted: größer.")

OLD_TABLES = """
CREATE TABLE calls (
    call_id VARCHAR(128) NOT NULL, carrier VARCHAR(32) NOT NULL, caller VARCHAR(256) NOT NULL,
    called VARCHAR(256) NOT NULL, dialplan VARCHAR(256) NOT NULL, started_at FLOAT NOT NULL, answered_at FLOAT,
    ended_at FLOAT, outcome VARCHAR(64), end_reason VARCHAR(256), duration_secs FLOAT, metadata JSON NOT NULL,
    PRIMARY KEY (call_id)
);
CREATE INDEX calls_by_start ON calls (started_at, call_id);
CREATE TABLE turns (
    call_id VARCHAR(128) NOT NULL, "index" INTEGER NOT NULL, who VARCHAR(16) NOT NULL, text TEXT NOT NULL,
    started_at FLOAT NOT NULL, heard TEXT, details JSON NOT NULL, PRIMARY KEY (call_id, "index"),
    FOREIGN KEY(call_id) REFERENCES calls (call_id) ON DELETE CASCADE
);
INSERT INTO calls VALUES ('CA0', 'twilio', '+1', '+2', 'old', 1.5, 1.5, 2.5, 'completed', NULL, 1.0, '{"tags": []}');
INSERT INTO turns VALUES ('CA0', 0, 'bot', 'Hello.', 1.5, NULL, '{}');
"""
"""A file as the appliance wrote it before there was an audit."""


def asked(directory: Path, question: str) -> tuple[object, ...]:
    """One row, as another program reads it from the file."""
    with closing(sqlite3.connect(directory / "records.db")) as database:
        row: tuple[object, ...] = database.execute(question).fetchone()
        return row


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RecordStore]:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


async def test_a_call_is_read_back_as_it_was_put(store: RecordStore) -> None:
    for record in (CALL, LOOKED_UP, HELLO, ENDED):
        store.put(record)
    await store.flush()
    assert await store.call("CA1") == (ENDED, [HELLO, LOOKED_UP])
    assert await store.call("CA2") is None


async def test_what_json_does_not_know_is_kept_as_text(store: RecordStore) -> None:
    store.put(replace(ENDED, metadata={"variables": {"found": {1, 2}, "path": Path("a"), ("no", "text"): "x"}}))
    await store.flush()
    assert await store.call("CA1") == (
        replace(ENDED, metadata={"variables": {"found": "{1, 2}", "path": "a"}}),
        [],
    )


async def test_the_latest_calls_come_first_page_by_page(store: RecordStore) -> None:
    calls = [replace(CALL, call_id=f"CA{number}", started_at=float(number // 2)) for number in range(7)]
    for call in calls:
        store.put(call)
    await store.flush()
    seen: list[str] = []
    before: tuple[float, str] | None = None
    while page := await store.calls(limit=3, before=before):
        seen += [call.call_id for call in page]
        before = (page[-1].started_at, page[-1].call_id)
    assert seen == ["CA6", "CA5", "CA4", "CA3", "CA2", "CA1", "CA0"]


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (-5, 1), (2, 2), (10**9, 3)])
async def test_a_page_has_at_least_one_call_and_not_all_there_are(store: RecordStore, limit: int, count: int) -> None:
    for number in range(3):
        store.put(replace(CALL, call_id=f"CA{number}"))
    await store.flush()
    assert len(await store.calls(limit=limit)) == count


async def test_only_calls_of_some_dialplans_are_given_where_these_are_named(store: RecordStore) -> None:
    for number, dialplan in enumerate(("sales", "support", "sales", 'odd "name", 100%')):
        store.put(replace(CALL, call_id=f"CA{number}", started_at=float(number), dialplan=dialplan))
    await store.flush()

    async def ids(*dialplans: str, **more: Any) -> list[str]:
        return [call.call_id for call in await store.calls(dialplans=dialplans, **more)]

    assert await ids("sales") == ["CA2", "CA0"]
    assert await ids("support", 'odd "name", 100%') == ["CA3", "CA1"]
    assert await ids("sales", limit=1, before=(2.0, "CA2")) == ["CA0"]
    assert await ids() == []


async def test_what_supervisors_did_is_read_back_in_order(store: RecordStore) -> None:
    for record in (CALL, REFUSED, SAID):
        store.put(record)
    await store.flush()
    assert await store.audit("CA1") == [SAID, REFUSED]
    assert await store.audit("CA2") == []


async def test_a_file_from_before_there_was_an_audit_is_used_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.db")) as database:
        database.executescript(OLD_TABLES)
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    for record in (CALL, SAID, replace(SAID, call_id="CA0")):
        store.put(record)
    await store.close()
    await store.open()
    old = CallRecord("CA0", "twilio", "+1", "+2", "old", 1.5, 1.5, 2.5, "completed", None, 1.0, {"tags": []})
    assert await store.call("CA0") == (old, [TurnRecord("CA0", 0, "bot", "Hello.", 1.5)])
    assert (await store.audit("CA0"), await store.audit("CA1")) == ([replace(SAID, call_id="CA0")], [SAID])
    assert store.lost == 0
    await store.close()


async def test_one_record_that_cannot_be_written_takes_no_other_with_it(store: RecordStore) -> None:
    for record in (CALL, replace(HELLO, call_id="CA9"), replace(LOOKED_UP, text=None), HELLO):  # type: ignore[arg-type]
        store.put(record)
    await store.flush()
    assert (await store.call("CA1"), store.lost) == ((CALL, [HELLO]), 2)


async def test_when_the_queue_is_full_records_are_counted_as_lost_and_the_call_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = RecordStore(sqlite_url(tmp_path), queue_records=2)
    for number in range(5):
        store.put(replace(CALL, call_id=f"CA{number}"))
    await store.open()
    await store.close()
    assert store.lost == 3
    assert [record.getMessage() for record in caplog.records] == [
        "Records are lost: 1 so far, the last because of the queue is full"
    ]
    assert asked(tmp_path, "SELECT count(*) FROM calls") == (2,)


async def test_closing_writes_what_is_left(tmp_path: Path) -> None:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    for number in range(500):
        store.put(replace(CALL, call_id=f"CA{number}"))
    await store.close()
    await store.close()
    assert asked(tmp_path, "SELECT count(*) FROM calls") == (500,)


async def test_the_records_of_the_last_run_are_there(tmp_path: Path) -> None:
    for record in (CALL, HELLO):
        store = RecordStore(sqlite_url(tmp_path / "new" / "directory"))
        await store.open()
        store.put(record)
        await store.close()
    store = RecordStore(sqlite_url(tmp_path / "new" / "directory"))
    await store.open()
    assert await store.call("CA1") == (CALL, [HELLO])
    await store.close()


async def test_a_database_that_is_locked_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put(CALL)
    for _ in range(3):
        await asyncio.sleep(0)
    other.execute("ROLLBACK")
    other.close()
    await store.flush()
    assert (await store.calls(), store.lost) == ([CALL], 0)
    await store.close()


async def test_a_place_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(StartError) as refused:
        await RecordStore(sqlite_url(tmp_path / "var")).open()
    assert str(refused.value) == (
        f"The records at {tmp_path}/var/records.db cannot be written "
        f"([Errno 17] File exists: '{tmp_path}/var'); expected a writable place"
    )


async def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("something else, and quite long enough not to be taken for an empty file" * 20)
    with pytest.raises(StartError) as refused:
        await RecordStore(sqlite_url(tmp_path)).open()
    assert str(refused.value) == (
        f"The records at {tmp_path}/records.db cannot be written (file is not a database); expected a writable place"
    )


async def test_a_database_that_may_only_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    await store.close()
    url = f"sqlite+aiosqlite:///file:{tmp_path}/records.db?mode=ro&uri=true"
    with pytest.raises(StartError, match="attempt to write a readonly database"):
        await RecordStore(url).open()


async def test_reading_a_store_that_is_not_open_is_a_bug_of_the_reader() -> None:
    with pytest.raises(RuntimeError, match=r"^the record store is not open$"):
        await RecordStore("sqlite+aiosqlite://").calls()


WRITER = """
import asyncio, sys
from pathlib import Path
from appliance.records import CallRecord, RecordStore, TurnRecord, sqlite_url

async def main():
    store = RecordStore(sqlite_url(Path(sys.argv[1])))
    await store.open()
    number = 0
    while True:
        store.put(CallRecord(f"CA{number}", "twilio", "+1", "+2", "reception", float(number)))
        store.put(TurnRecord(f"CA{number}", 0, "bot", "Hello", float(number)))
        await store.flush()
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""


async def test_a_killed_process_loses_nothing_that_was_written(tmp_path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    async with asyncio.timeout(60):
        for _ in range(30):
            await writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = 29 + len((await writer.stdout.read()).split())
        assert await writer.wait() == -signal.SIGKILL
    assert (tmp_path / "records.db-wal").exists()
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    calls = await store.calls(limit=500)
    assert {f"CA{number}" for number in range(told + 1)} <= {call.call_id for call in calls}
    assert [await store.call(call.call_id) is not None for call in calls] == [True] * len(calls)
    assert all(
        found and len(found[1]) == 1 for found in [await store.call(f"CA{number}") for number in range(told + 1)]
    )
    store.put(CALL)
    await store.close()
    assert asked(tmp_path, "PRAGMA integrity_check") == ("ok",)


async def test_what_sound_is_kept_is_found_by_call(store: RecordStore) -> None:
    first = SoundRecord("CA1", "message-1", 1_800_000_004.0, 12.5, "hang-up", "call me")
    second = SoundRecord("CA1", "recording", 1_800_000_005.0, 20.0, "hang-up")
    other = SoundRecord("CA2", "message-1", 1_800_000_004.0, 2.0, "key")
    for record in (CALL, replace(CALL, call_id="CA2"), second, first, other, replace(first, transcript="Call me.")):
        store.put(record)
    await store.flush()
    first = replace(first, transcript="Call me.")
    assert await store.sounds("CA1", "CA3") == {"CA1": [first, second]}
    assert await store.sounds("CA2", "CA1") == {"CA1": [first, second], "CA2": [other]}
