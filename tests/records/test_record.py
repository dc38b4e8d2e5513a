"""Records as the house knows them."""

from dataclasses import fields

from appliance.records import CallRecord, DeedRecord, TurnRecord
from appliance.records.tables import Base


def test_records_and_tables_have_the_same_names() -> None:
    for record, table in ((CallRecord, "calls"), (TurnRecord, "turns"), (DeedRecord, "audit")):
        assert [field.name for field in fields(record)] == [
            column.name for column in Base.metadata.tables[table].columns
        ]


def test_a_new_call_needs_only_what_is_known_when_it_comes_in() -> None:
    call = CallRecord("CA1", "twilio", "+15555550123", "+15555550100", "reception", 1.0)
    assert (call.answered_at, call.ended_at, call.outcome, call.metadata) == (None, None, None, {})
