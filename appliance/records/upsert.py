"""INSERT that replaces a row with the same key, for the databases that we know."""

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""SQLAlchemy has ``on_conflict_do_update`` in both dialects, but not in what they have in common."""


@cache
def upsert(dialect: str, table: Table) -> Insert:
    """The statement, made once: compiling it costs more than a row. KeyError for another database."""
    insert = _INSERTS[dialect](table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    statement: Insert = insert.on_conflict_do_update(index_elements=keys, set_=others)
    return statement
