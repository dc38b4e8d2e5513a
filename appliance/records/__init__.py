"""What is kept of each call: its data, its turns, its outcome, and what supervisors did in it."""

from appliance.records.record import CallRecord, DeedRecord, Record, TurnRecord
from appliance.records.store import RecordStore, sqlite_url

__all__ = ["CallRecord", "DeedRecord", "Record", "RecordStore", "TurnRecord", "sqlite_url"]
