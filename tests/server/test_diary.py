import logging

import pytest

from appliance.bus import Bus, CallEnded, CallStarted, CallUpdated
from appliance.ops.logging import TextFormatter
from appliance.server.diary import keep_diary


@pytest.fixture
def bus() -> Bus:
    bus = Bus()
    keep_diary(bus)
    return bus


def lines(caplog: pytest.LogCaptureFixture, *, personal_data: bool = False) -> list[str]:
    """What the log says, without the time."""
    formatter = TextFormatter(personal_data=personal_data)
    return [formatter.format(record).partition(" ")[2] for record in caplog.records]


def test_a_call_is_told_from_its_answer_to_its_end_without_the_callers_number(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bus.publish(CallStarted("CA1", 100.0, "Plan", "twilio", "+15555550123", "+15555550100"))
    bus.publish(CallUpdated("CA1", 101.0, {"state": "line lost"}))
    bus.publish(CallUpdated("CA1", 102.0, {"state": "live"}))
    bus.publish(CallEnded("CA1", 103.26, "completed", "completed", 3.26))
    assert lines(caplog) == [
        "INFO appliance.server.diary: a call is answered call_id=CA1 dialplan=Plan carrier=twilio called=+15555550100",
        "WARNING appliance.server.diary: a call has lost its line call_id=CA1",
        "INFO appliance.server.diary: a call has its line back call_id=CA1",
        "INFO appliance.server.diary: a call is over call_id=CA1 outcome=completed reason=completed secs=3.3",
    ]


def test_a_call_that_is_passed_on_and_comes_back_is_told(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bus.publish(CallUpdated("CA1", 101.0, {"state": "transferring", "transferring_to": "+15555550177"}))
    bus.publish(CallUpdated("CA1", 102.0, {"state": "live", "transferring_to": None}))
    assert lines(caplog) == [
        "INFO appliance.server.diary: a call is being passed on call_id=CA1",
        "INFO appliance.server.diary: a caller is back, nobody took the call call_id=CA1",
    ]


def test_the_callers_number_is_written_where_personal_data_is_wanted(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bus.publish(CallStarted("CA1", 100.0, "Plan", "twilio", "+15555550123", "+15555550100"))
    assert lines(caplog, personal_data=True)[0].endswith(" called=+15555550100 caller=+15555550123")


def test_a_call_that_failed_is_a_warning(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    bus.publish(CallEnded("CA1", 103.0, "failed", "the stream was lost too often", 3.0))
    assert lines(caplog) == [
        "WARNING appliance.server.diary: a call is over call_id=CA1 outcome=failed "
        'reason="the stream was lost too often" secs=3.0'
    ]


def test_changes_that_are_none_of_the_operators_business_are_not_told(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bus.publish(CallUpdated("CA1", 101.0, {"speaking": "bot"}))
    assert lines(caplog) == []


def test_who_speaks_in_the_bots_place_is_told(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bus.publish(CallUpdated("CA1", 101.0, {"taken_over_by": "anna"}))
    bus.publish(CallUpdated("CA1", 102.0, {"taken_over_by": None}))
    assert lines(caplog) == [
        "INFO appliance.server.diary: a supervisor has taken a call over call_id=CA1 supervisor=anna",
        "INFO appliance.server.diary: the bot has a call back call_id=CA1",
    ]
