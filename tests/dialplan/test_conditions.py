"""When a dialplan answers."""

import pytest

from appliance.clock import wall
from appliance.dialplan.conditions import Arrival, Conditions, may_both_hold
from appliance.dialplan.hours import Hours

NINE_TO_FIVE = Hours.model_validate({"zone": "UTC", "week": {"mon-sun": "9:00-17:00"}})
HOURS = {"office": NINE_TO_FIVE}
NOON, MIDNIGHT = 12 * 3600.0, 0.0


@pytest.mark.parametrize(
    ("given", "arrival", "unmet"),
    [
        ({}, Arrival("+1"), None),
        ({"carriers": "Twilio"}, Arrival("+1", carrier="twilio"), None),
        ({"carriers": ["asterisk"]}, Arrival("+1", carrier="twilio"), "carriers"),
        ({"callers": "+1555*"}, Arrival("+1", "+1 555 555 0100"), None),
        ({"callers": "+1555*"}, Arrival("+1", "sip:+15555550100@example.com"), None),
        ({"callers": "+1555*"}, Arrival("+1", "+1556"), "callers"),
        ({"callers": "*", "not_callers": ["+1555*"]}, Arrival("+1", "+15555550100"), "not_callers"),
        ({"callers": "*", "not_callers": ["+1555*"]}, Arrival("+1", ""), None),
        ({"open": "office"}, Arrival("+1", at=NOON), None),
        ({"open": "office"}, Arrival("+1", at=MIDNIGHT), "open"),
        ({"closed": "office"}, Arrival("+1", at=NOON), "closed"),
        ({"closed": "office"}, Arrival("+1", at=MIDNIGHT), None),
    ],
)
def test_every_condition_has_to_hold(given: dict[str, object], arrival: Arrival, unmet: str | None) -> None:
    assert Conditions.model_validate(given).unmet(arrival, HOURS) == unmet


def test_a_call_comes_in_now() -> None:
    before = wall()
    assert before <= Arrival("+1").at <= wall()


def test_hours_that_do_not_exist_set_nothing_apart() -> None:
    one, other = Conditions(open="office"), Conditions(open="nowhere")
    assert may_both_hold(one, HOURS, other, HOURS)
