"""The store of call records. A call hands a record over and goes on; one task writes."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, select, tuple_
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from appliance.errors import StartError
from appliance.records.columns import add_columns
from appliance.records.record import CallRecord, DeedRecord, Record, SoundRecord, TurnRecord
from appliance.records.tables import Base, CallRow, DeedRow, SoundRow, TurnRow
from appliance.records.upsert import upsert

log = logging.getLogger(__name__)

QUEUE_RECORDS = 10_000
BATCH_RECORDS = 200
GATHER_SECS = 0.25
"""A transaction costs far more than a row in it: so long others may join the first."""
MOST_CALLS = 500
_RETRY_SECS = 1.0
_TRIES = 5
_CLOSE_SECS = 10.0


def sqlite_url(data_dir: Path) -> str:
    """The address of the store that lies in ``data_dir``."""
    return f"sqlite+aiosqlite:///{data_dir.resolve() / 'records.db'}"


class RecordStore:
    """Calls, their turns and their audit in a database named by an SQLAlchemy URL with an async driver."""

    def __init__(self, url: str, *, queue_records: int = QUEUE_RECORDS) -> None:
        self._url = make_url(url)
        self._queue: asyncio.Queue[Record] = asyncio.Queue(queue_records)
        self._engine: AsyncEngine | None = None
        self._writer: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.lost = 0
        """Records that were dropped because the queue was full or the database refused them."""

    async def open(self) -> None:
        """Creates what is missing and starts writing. StartError when the database cannot be written to."""
        place = self._url.database or self._url.host or "memory"
        try:
            if self._url.get_backend_name() == "sqlite" and not place.startswith("file:"):
                Path(place).parent.mkdir(parents=True, exist_ok=True)
            self._engine = create_async_engine(
                self._url, pool_size=2, max_overflow=1, hide_parameters=True, json_serializer=_as_json
            )
            if self._url.get_backend_name() == "sqlite":
                event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
            async with self._engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
                await connection.run_sync(add_columns)
                await connection.run_sync(_prove_writable)
        except (SQLAlchemyError, OSError) as error:
            await self._dispose()
            cause = getattr(error, "orig", None) or error
            raise StartError(
                f"The records at {place} cannot be written ({cause}); expected a writable place"
            ) from error
        self._writer = asyncio.create_task(self._write(), name="records")

    def put(self, record: Record) -> None:
        """Takes a record to write; never waits. When the queue is full the record is counted as lost."""
        try:
            self._queue.put_nowait(record)
        except asyncio.QueueFull:
            self._lose(1, "the queue is full")

    async def flush(self) -> None:
        """Returns when everything that was put before is written."""
        self._hurry.set()
        await self._queue.join()
        self._hurry.clear()

    async def close(self) -> None:
        """Writes what is left, for at most ``_CLOSE_SECS``, and closes the database."""
        if self._writer:
            try:
                await asyncio.wait_for(self.flush(), _CLOSE_SECS)
            except TimeoutError:
                self._lose(self._queue.qsize(), "the database did not take them in time")
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
        await self._dispose()

    async def calls(
        self,
        limit: int = 50,
        before: tuple[float, str] | None = None,
        dialplans: Collection[str] | None = None,
    ) -> list[CallRecord]:
        """The latest calls first; ``before`` is the (started_at, call_id) of the last one of the page before.

        Those of ``dialplans`` only, if they are given.
        """
        wanted = select(CallRow).order_by(CallRow.started_at.desc(), CallRow.call_id.desc())
        if dialplans is not None:
            wanted = wanted.where(CallRow.dialplan.in_(dialplans))
        if before:
            wanted = wanted.where(tuple_(CallRow.started_at, CallRow.call_id) < before)
        async with self._session() as session:
            rows = await session.scalars(wanted.limit(max(1, min(limit, MOST_CALLS))))
            return [_call(row) for row in rows]

    async def call(self, call_id: str) -> tuple[CallRecord, list[TurnRecord]] | None:
        """One call and its turns in order; None when there is none."""
        async with self._session() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                return None
            turns = await session.scalars(select(TurnRow).where(TurnRow.call_id == call_id).order_by(TurnRow.number))
            return _call(row), [_turn(turn) for turn in turns]

    async def audit(self, call_id: str) -> list[DeedRecord]:
        """What supervisors did in a call, in order."""
        async with self._session() as session:
            deeds = await session.scalars(select(DeedRow).where(DeedRow.call_id == call_id).order_by(DeedRow.number))
            return [_deed(deed) for deed in deeds]

    async def sounds(self, *call_ids: str) -> dict[str, list[SoundRecord]]:
        """The sound that was kept of some calls, by call, in order; calls without any are missing."""
        found: dict[str, list[SoundRecord]] = {}
        wanted = select(SoundRow).where(SoundRow.call_id.in_(call_ids)).order_by(SoundRow.started_at, SoundRow.name)
        async with self._session() as session:
            for row in await session.scalars(wanted):
                found.setdefault(row.call_id, []).append(_sound(row))
        return found

    async def messages(self, limit: int, dialplans: Collection[str] | None) -> list[tuple[CallRecord, SoundRecord]]:
        """The latest messages that callers left, with their calls; those of ``dialplans`` only, if they are given."""
        wanted = select(CallRow, SoundRow).join(SoundRow).where(SoundRow.name.startswith("message-"))
        if dialplans is not None:
            wanted = wanted.where(CallRow.dialplan.in_(dialplans))
        wanted = wanted.order_by(SoundRow.started_at.desc(), SoundRow.name.desc()).limit(limit)
        async with self._session() as session:
            return [(_call(call), _sound(sound)) for call, sound in await session.execute(wanted)]

    @property
    def engine(self) -> AsyncEngine:
        """The open database."""
        if self._engine is None:
            raise RuntimeError("the record store is not open")
        return self._engine

    def _session(self) -> AsyncSession:
        return AsyncSession(self.engine)

    async def _dispose(self) -> None:
        if self._engine:
            await self._engine.dispose()
            self._engine = None

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), GATHER_SECS)
            while len(batch) < BATCH_RECORDS and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._save(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _save(self, batch: Sequence[Record]) -> None:
        """All of the batch in one transaction; when the database refuses it, one by one, so that one cannot take
        others with it. A database that is locked or full for a moment is asked again.
        """
        refused = "the database cannot be written"
        for attempt in range(_TRIES):
            await asyncio.sleep(_RETRY_SECS if attempt else 0)
            try:
                await self._commit(batch)
                return
            except OperationalError:
                continue
            except (SQLAlchemyError, TypeError, ValueError) as error:
                refused = type(error).__name__
                break
        else:
            self._lose(len(batch), refused)
            return
        if len(batch) == 1:
            self._lose(1, refused)
            return
        for record in batch:
            await self._save([record])

    async def _commit(self, batch: Sequence[Record]) -> None:
        """One statement for each table: the last word about each row counts."""
        assert self._engine is not None
        async with self._engine.begin() as connection:
            for kind, table in _TABLES:
                if rows := _rows((record for record in batch if isinstance(record, kind)), table):
                    await connection.execute(upsert(self._engine.dialect.name, table), rows)

    def _lose(self, count: int, reason: str) -> None:
        self.lost += count
        if (self.lost - count) // 1000 != self.lost // 1000 or self.lost == count:
            # The first and then one in a thousand: a full disk must not fill the log, too.
            log.error("Records are lost: %d so far, the last because of %s", self.lost, reason)


_as_json = partial(json.dumps, default=str, skipkeys=True)
"""A record is not lost because somebody's function gave what JSON does not know."""


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """A write-ahead log: readers do not wait for the writer, and a killed process loses nothing that was committed."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000", "cache_size=-512"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prove_writable(connection: Any) -> None:
    """``create_all`` writes nothing when all tables exist: a read-only file would be noticed only in a call."""
    connection.exec_driver_sql("UPDATE calls SET call_id = call_id WHERE call_id = ''")


_TABLES = (
    (CallRecord, Base.metadata.tables["calls"]),
    (TurnRecord, Base.metadata.tables["turns"]),
    (DeedRecord, Base.metadata.tables["audit"]),
    (SoundRecord, Base.metadata.tables["sounds"]),
)
"""Calls first: the others refer to them."""


def _rows(records: Iterable[Record], table: Table) -> list[dict[str, Any]]:
    """The columns, which have the names of the records' fields; of two rows with the same key the last one."""
    rows = [{name: getattr(record, name) for name in record.__slots__} for record in records]
    keys = [column.name for column in table.primary_key]
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


def _call(row: CallRow) -> CallRecord:
    names = (name for name in CallRecord.__slots__ if name != "metadata")
    return CallRecord(**{name: getattr(row, name) for name in names}, metadata=row.details)


def _turn(row: TurnRow) -> TurnRecord:
    names = (name for name in TurnRecord.__slots__ if name != "index")
    return TurnRecord(index=row.number, **{name: getattr(row, name) for name in names})


def _sound(row: SoundRow) -> SoundRecord:
    return SoundRecord(**{name: getattr(row, name) for name in SoundRecord.__slots__})


def _deed(row: DeedRow) -> DeedRecord:
    names = (name for name in DeedRecord.__slots__ if name != "index")
    return DeedRecord(index=row.number, **{name: getattr(row, name) for name in names})
