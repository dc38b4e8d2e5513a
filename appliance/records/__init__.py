"""What is kept of each call: its data, its turns and its outcome."""

from appliance.records.record import CallRecord, Record, TurnRecord
from appliance.records.store import RecordStore, sqlite_url

__all__ = ["CallRecord", "Record", "RecordStore", "TurnRecord", "sqlite_url"]
