"""Columns that a database from before does not have: they are added to its tables, and nothing else is changed."""

from sqlalchemy import Connection, inspect
from sqlalchemy.schema import CreateColumn

from appliance.records.tables import Base


def add_columns(connection: Connection) -> None:
    """Adds what is missing; every table is there. SQLAlchemyError for a column that may not be empty."""
    there = inspect(connection)
    naming = connection.dialect.identifier_preparer
    for table in Base.metadata.sorted_tables:
        known = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                described = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {naming.format_table(table)} ADD COLUMN {described}")
