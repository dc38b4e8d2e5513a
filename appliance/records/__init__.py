"""What is kept of each call: its data, its turns, its outcome, and what supervisors did in it."""

from appliance.records.record import CallRecord, DeedRecord, Record, SoundRecord, TurnRecord
from appliance.records.sounds import About, Sounds, SoundWriter
from appliance.records.store import RecordStore, sqlite_url

__all__ = [
    "About",
    "CallRecord",
    "DeedRecord",
    "Record",
    "RecordStore",
    "SoundRecord",
    "SoundWriter",
    "Sounds",
    "TurnRecord",
    "sqlite_url",
]
