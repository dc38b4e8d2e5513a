"""The tables: calls, what was said in them, what supervisors did, which sound is kept.

Types that SQLite and PostgreSQL both have. A column that comes later may be empty: the rows before have nothing in it.
"""

from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Every table of the records."""


class CallRow(Base):
    """One call. Times are seconds since the epoch, UTC."""

    __tablename__ = "calls"
    __table_args__ = (Index("calls_by_start", "started_at", "call_id"),)

    call_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    carrier: Mapped[str] = mapped_column(String(32))
    caller: Mapped[str] = mapped_column(String(256))
    called: Mapped[str] = mapped_column(String(256))
    dialplan: Mapped[str] = mapped_column(String(256))
    started_at: Mapped[float] = mapped_column(Float)
    answered_at: Mapped[float | None] = mapped_column(Float)
    ended_at: Mapped[float | None] = mapped_column(Float)
    outcome: Mapped[str | None] = mapped_column(String(64))
    end_reason: Mapped[str | None] = mapped_column(String(256))
    duration_secs: Mapped[float | None] = mapped_column(Float)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON)
    dialplan_file: Mapped[str | None] = mapped_column(String(512))
    dialplan_version: Mapped[str | None] = mapped_column(String(12))


class TurnRow(Base):
    """One thing that was said or done in a call."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column("index", Integer, primary_key=True)
    who: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    started_at: Mapped[float] = mapped_column(Float)
    heard: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class DeedRow(Base):
    """One thing that a supervisor did in a call, or was refused."""

    __tablename__ = "audit"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column("index", Integer, primary_key=True)
    at: Mapped[float] = mapped_column(Float)
    who: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(256))
    outcome: Mapped[str] = mapped_column(Text)


class SoundRow(Base):
    """Sound of a call that is kept."""

    __tablename__ = "sounds"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[float] = mapped_column(Float)
    secs: Mapped[float] = mapped_column(Float)
    ended_by: Mapped[str] = mapped_column(String(64))
    transcript: Mapped[str | None] = mapped_column(Text)


class NoticeRow(Base):
    """Somebody who is to be told of a sound; given up where no time is left."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    to: Mapped[str] = mapped_column(Text)
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    tries: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[float | None] = mapped_column(Float, index=True)
    error: Mapped[str | None] = mapped_column(Text)
