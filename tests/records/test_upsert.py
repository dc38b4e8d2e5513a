"""INSERT that replaces."""

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from appliance.records.tables import Base
from appliance.records.upsert import upsert

DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("table", "keys"), [("calls", "call_id"), ("turns", 'call_id, "index"')])
def test_a_row_with_the_same_key_is_replaced(dialect: str, table: str, keys: str) -> None:
    statement = upsert(dialect, Base.metadata.tables[table])
    text = " ".join(str(statement.compile(dialect=DIALECTS[dialect])).split())
    assert text.startswith(f"INSERT INTO {table} (")
    assert f"ON CONFLICT ({keys.replace(chr(34), '') if dialect == 'postgresql' else keys}) DO UPDATE SET" in text


def test_a_statement_is_made_once() -> None:
    assert upsert("sqlite", Base.metadata.tables["calls"]) is upsert("sqlite", Base.metadata.tables["calls"])


def test_another_database_is_not_known() -> None:
    with pytest.raises(KeyError):
        upsert("oracle", Base.metadata.tables["calls"])
