"""Notices that are still to be sent, in the records' database: no restart loses one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from appliance.records.tables import NoticeRow

_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody is to be told of a sound."""

    id: str
    """The same for the same sound and address, whoever asks, and how often."""
    to: str
    """An address of mail or of a web server."""
    about: Mapping[str, Any]
    """What is known of the sound."""
    tries: int = 0
    """How often it was tried."""


class Outbox:
    """Notices that wait, and those that were given up; those that were sent are gone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, notices: Iterable[Notice], now: float) -> None:
        """Takes notices, each once; they are written when this returns."""
        rows = [
            {"id": one.id, "to": one.to, "about": dict(one.about), "tries": 0, "next_at": now, "error": None}
            for one in notices
        ]
        if rows:
            insert: Any = _INSERT[self._engine.dialect.name]
            async with self._engine.begin() as connection:
                await connection.execute(insert(NoticeRow).on_conflict_do_nothing(index_elements=["id"]), rows)

    async def due(self, now: float) -> list[Notice]:
        """Those whose time has come, oldest first, and no more than can be sent in one go."""
        wanted = select(NoticeRow).where(NoticeRow.next_at <= now).order_by(NoticeRow.next_at).limit(MOST_AT_ONCE)
        async with AsyncSession(self._engine) as session:
            return [Notice(row.id, row.to, row.about, row.tries) for row in await session.scalars(wanted)]

    async def next_at(self) -> float | None:
        """When the next one is to be tried; None while none waits."""
        async with AsyncSession(self._engine) as session:
            return await session.scalar(select(func.min(NoticeRow.next_at)))

    async def sent(self, notice: Notice) -> None:
        """It has arrived."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(NoticeRow).where(NoticeRow.id == notice.id))

    async def failed(self, notice: Notice, error: str, next_at: float | None) -> None:
        """It has not, and is tried again at ``next_at``, or given up: then only what it was about is kept of it."""
        new: dict[str, Any] = {"tries": notice.tries + 1, "error": error, "next_at": next_at}
        if next_at is None:
            new["about"] = {name: notice.about[name] for name in ("call_id", "name")}
        async with self._engine.begin() as connection:
            await connection.execute(update(NoticeRow).where(NoticeRow.id == notice.id).values(**new))

    async def counts(self) -> tuple[int, int]:
        """How many wait, and how many were given up."""
        both = select(func.count(NoticeRow.next_at), func.count())
        async with AsyncSession(self._engine) as session:
            waiting, all_of_them = (await session.execute(both.select_from(NoticeRow))).one()
            return waiting, all_of_them - waiting
