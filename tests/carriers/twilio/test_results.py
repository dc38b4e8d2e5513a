"""What Twilio tells of transfers, in our words."""

import pytest

from appliance.carriers.twilio.results import OVER, TransferResult, leg_result, result_of

R = TransferResult
TALKS = {"CallStatus": "in-progress"}
GONE = {"CallStatus": "completed"}

DIALLED: list[tuple[dict[str, str], TransferResult | None]] = [
    ({**TALKS}, None),
    ({**TALKS, "DialCallStatus": "completed", "DialCallDuration": "40"}, R.ANSWERED),
    ({**TALKS, "DialCallStatus": "completed", "DialCallDuration": "2"}, R.ANSWERED),
    ({**TALKS, "DialCallStatus": "completed", "DialCallDuration": "1"}, R.HUNG_UP),
    ({**TALKS, "DialCallStatus": "completed"}, R.ANSWERED),
    ({**TALKS, "DialCallStatus": "answered"}, R.ANSWERED),
    ({**TALKS, "DialCallStatus": "busy"}, R.BUSY),
    ({**TALKS, "DialCallStatus": "no-answer"}, R.NO_ANSWER),
    ({**TALKS, "DialCallStatus": "canceled"}, R.NO_ANSWER),
    ({**TALKS, "DialCallStatus": "failed"}, R.FAILED),
    ({**TALKS, "DialCallStatus": "something new"}, R.FAILED),
    # The caller has hung up: before somebody answered, or after.
    ({**GONE, "DialCallStatus": "no-answer"}, R.CALLER_LEFT),
    ({**GONE, "DialCallStatus": "canceled"}, R.CALLER_LEFT),
    ({**GONE, "DialCallStatus": "completed", "DialCallDuration": "1"}, R.ANSWERED),
    # Of queues.
    ({**TALKS, "QueueResult": "bridged"}, R.ANSWERED),
    ({**TALKS, "QueueResult": "redirected"}, R.ANSWERED),
    ({**TALKS, "QueueResult": "leave"}, R.NO_ANSWER),
    ({**TALKS, "QueueResult": "queue-full"}, R.QUEUE_FULL),
    ({**GONE, "QueueResult": "hangup"}, R.CALLER_LEFT),
    ({**TALKS, "QueueResult": "system-error"}, R.FAILED),
]


@pytest.mark.parametrize(("form", "result"), DIALLED)
def test_a_webhook_tells_what_came_of_a_transfer(form: dict[str, str], result: TransferResult | None) -> None:
    assert result_of(form) is result


def test_only_who_was_answered_or_has_left_does_not_come_back() -> None:
    assert [one for one in R if one.is_final] == [R.ANSWERED, R.CALLER_LEFT]


def test_a_person_who_was_told_and_whose_call_is_over_has_declined() -> None:
    told = [leg_result({"CallStatus": status}) for status in OVER]
    assert told == [R.DECLINED, R.BUSY, R.FAILED, R.NO_ANSWER, R.NO_ANSWER]
    assert leg_result({"CallStatus": "ringing"}) is None
