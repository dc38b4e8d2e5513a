"""What supervisors do in a call goes into its record."""

import pytest

from appliance.call.audit import MOST_DEEDS, AuditTrail
from appliance.records import DeedRecord
from appliance.rtvi.audit import Deed


def deed(who: str = "anna", what: str = "send-text") -> Deed:
    return Deed(1.5, who, "supervisor", what, "done")


def test_each_deed_has_its_place_in_the_calls_record() -> None:
    kept: list[DeedRecord] = []
    trail = AuditTrail("CA1", kept.append)
    trail.add(deed())
    trail.add(deed("ben", "dtmf"))
    assert kept == [
        DeedRecord("CA1", 0, 1.5, "anna", "supervisor", "send-text", "done"),
        DeedRecord("CA1", 1, 1.5, "ben", "supervisor", "dtmf", "done"),
    ]


def test_one_who_never_stops_neither_fills_the_records_nor_hides_the_others(caplog: pytest.LogCaptureFixture) -> None:
    kept: list[DeedRecord] = []
    trail = AuditTrail("CA1", kept.append)
    for _ in range(MOST_DEEDS + 5):
        trail.add(deed())
    trail.add(deed("ben", "action call:hangup"))
    assert [record.index for record in kept] == list(range(MOST_DEEDS + 1))
    assert (kept[-1].who, kept[-1].what) == ("ben", "action call:hangup")
    assert caplog.messages == ["a supervisor has done over 1000 things in a call: no more of them are recorded"]
