import pytest

from appliance.dialplan import Dialplan, redactor_of
from appliance.dialplan.sensitive import recorded_by

SHORTEST = {"name": "x", "numbers": ["*"], "steps": {"end": {"hang_up": None}}}
PLAIN = Dialplan.model_validate(SHORTEST)
PLAN = Dialplan.model_validate(
    SHORTEST | {"redaction": {"kinds": ["card"], "patterns": {"policy": r"KD \d{4}"}, "fields": ["pin"]}}
)
CALLER = "+15555550123"
SAID = "KD 4711 from 555 555 0123 pays with 4111 1111 1111 1111 of 123456"


def test_what_the_dialplan_names_and_the_callers_number_are_sensitive() -> None:
    redactor = redactor_of(PLAN, CALLER)
    assert redactor.mask(SAID) == "[policy] from [phone] pays with [card] of 123456"
    assert redactor.mask_data({"pin": "1", "day": "2"}) == {"pin": "[pin]", "day": "2"}
    assert recorded_by(PLAN, CALLER).mask(SAID) == redactor.mask(SAID)


def test_where_the_dialplan_names_nothing_only_the_callers_number_is_masked_for_supervisors() -> None:
    assert redactor_of(PLAIN, CALLER).mask(SAID) == "KD 4711 from [phone] pays with 4111 1111 1111 1111 of 123456"
    assert recorded_by(PLAIN, CALLER).is_empty


@pytest.mark.parametrize("caller", ["", "anonymous", "Restricted", "100", "client:ann"])
def test_who_has_no_telling_number_makes_nothing_sensitive(caller: str) -> None:
    assert redactor_of(PLAIN, caller).is_empty


def test_an_address_is_masked_as_the_number_is() -> None:
    assert redactor_of(PLAIN, "sip:ann@example.com").mask("from SIP:ANN@example.com") == "from [hidden]"
