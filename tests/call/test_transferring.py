"""A call's transfers, as its record tells them."""

from appliance.call.transferring import TransferLog
from appliance.clock import ManualClock
from appliance.dialplan.transfer import Transfer
from appliance.records import CallRecord

RECORD = CallRecord("CA1", "twilio", "", "", "Plan", 1.0, metadata={"tags": []})
ENDED = CallRecord("CA1", "twilio", "", "", "Plan", 1.0, ended_at=2.0, metadata={"tags": []})


def test_a_call_that_was_not_transferred_says_nothing_of_it() -> None:
    log = TransferLog(lambda record: None, ManualClock(5.0))
    log.ended("busy")
    assert log.in_record(RECORD) is RECORD


def test_each_transfer_is_told_with_what_came_of_it() -> None:
    log = TransferLog(lambda record: None, ManualClock(5.0))
    log.began(Transfer("+1555"))
    log.ended("busy")
    log.ended("answered")
    log.began(Transfer("queue:support", summary="Hi."), "Bo")
    assert log.in_record(RECORD).metadata == {
        "tags": [],
        "transfers": [
            {"to": "+1555", "warm": False, "at": 5.0, "result": "busy"},
            {"to": "queue:support", "warm": True, "at": 5.0, "result": None, "by": "Bo"},
        ],
    }


def test_what_is_known_only_later_changes_the_record_of_a_call_that_is_over() -> None:
    put: list[CallRecord] = []
    log = TransferLog(put.append, ManualClock(5.0))
    log.began(Transfer("+1555"))
    for record in (RECORD, ENDED):
        log.in_record(record)
    assert put == []
    log.ended("answered")
    [record] = put
    assert (record.ended_at, record.metadata["transfers"][0]["result"]) == (2.0, "answered")
