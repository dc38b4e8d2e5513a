"""The tables, as a person with a database shell sees them."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from appliance.records.tables import Base

COLUMNS = {
    "calls": [
        "call_id",
        "carrier",
        "caller",
        "called",
        "dialplan",
        "started_at",
        "answered_at",
        "ended_at",
        "outcome",
        "end_reason",
        "duration_secs",
        "metadata",
        "dialplan_file",
        "dialplan_version",
    ],
    "audit": ["call_id", "index", "at", "who", "role", "what", "outcome"],
    "sounds": ["call_id", "name", "started_at", "secs", "ended_by", "transcript"],
    "notices": ["id", "to", "about", "tries", "next_at", "error"],
    "turns": ["call_id", "index", "who", "text", "started_at", "heard", "details"],
}


def test_the_tables_have_the_columns_that_are_documented() -> None:
    found = {name: [column.name for column in table.columns] for name, table in Base.metadata.tables.items()}
    assert found == COLUMNS


def test_both_databases_can_make_every_table() -> None:
    dialects = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]
    for table in Base.metadata.tables.values():
        assert [str(CreateTable(table).compile(dialect=dialect)).count("CREATE TABLE") for dialect in dialects] == [
            1,
            1,
        ]


def test_seconds_since_the_epoch_are_kept_with_their_fraction() -> None:
    """A PostgreSQL FLOAT without a precision has 53 bits; REAL would round a time to two minutes."""
    text = str(CreateTable(Base.metadata.tables["calls"]).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "started_at FLOAT NOT NULL" in text
