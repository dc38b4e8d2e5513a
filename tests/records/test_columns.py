"""A database from before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import OperationalError

from appliance.records.columns import add_columns
from appliance.records.tables import Base
from tests.records.test_store import OLD_TABLES


def test_a_column_that_is_missing_is_added_and_its_rows_have_nothing_in_it(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    with closing(sqlite3.connect(file)) as database:
        database.executescript(OLD_TABLES)
    engine = create_engine(f"sqlite:///{file}")
    for _ in range(2):  # A second time there is nothing to do.
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            add_columns(connection)
    there = inspect(engine)
    for table in Base.metadata.sorted_tables:
        names = {column["name"] for column in there.get_columns(table.name)}
        assert names == {column.name for column in table.columns}
    engine.dispose()
    with closing(sqlite3.connect(file)) as database:
        row = database.execute("SELECT call_id, dialplan_file, dialplan_version, duration_secs FROM calls").fetchall()
    assert row == [("CA0", None, None, 1.0)]


def test_a_column_that_may_not_be_empty_cannot_be_added() -> None:
    """So that nobody writes one into tables.py by mistake: a new column is nullable."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE calls (call_id VARCHAR(128) PRIMARY KEY)")
        Base.metadata.create_all(connection)
        connection.exec_driver_sql("INSERT INTO calls VALUES ('CA0')")
        with pytest.raises(OperationalError, match="NOT NULL"):
            add_columns(connection)
    engine.dispose()
