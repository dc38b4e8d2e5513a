"""Rooms where callers wait, and what a person is told."""

import re

import pytest

from appliance.call import CallFacts
from appliance.dialplan.transfer import Transfer
from appliance.errors import CarrierError
from appliance.server.warm import LONGEST_SUMMARY, Rooms, Warm, warm_of
from appliance.settings.twilio import TwilioSettings
from tests.server.houses import BASE, Api

FACTS = CallFacts("CA1", "twilio", "+15550100199", "+15555550100")
SETTINGS = TwilioSettings.model_validate({"account_sid": "AC" + "5" * 32, "auth_token": "t0ken"})


def of(api: Api, **more: str) -> Warm:
    """With credentials."""
    warm = warm_of(api, SETTINGS.model_copy(update=more), BASE)
    assert warm is not None
    return warm


def test_a_room_is_of_one_call_and_cannot_be_made_up() -> None:
    rooms = Rooms("t0ken")
    room = rooms.name("CA1")
    assert rooms.is_of(room, "CA1")
    assert room != rooms.name("CA1")
    for other in (room[:-1], room[1:], "", "-", "\u00fc"):
        assert not rooms.is_of(other, "CA1")
    assert not rooms.is_of(room, "CA2")
    assert not Rooms("another").is_of(room, "CA1")


def test_without_credentials_nobody_can_be_told() -> None:
    assert warm_of(None, SETTINGS, BASE) is None
    assert warm_of(Api(), TwilioSettings(), BASE) is None


@pytest.mark.parametrize(("own", "caller_id"), [({}, "+15555550100"), ({"number": "+15555550111"}, "+15555550111")])
async def test_a_person_is_called_told_and_asked(own: dict[str, str], caller_id: str) -> None:
    api = Api()
    warm = of(api, **own)
    room = warm.room("CA1")
    assert await warm.ring(FACTS, Transfer("+15555550177", 15, "Ann & Bo."), room) == "CA2"
    [(what, whom, document)] = api.asked
    assert (what, whom) == ("place call", f"{caller_id} to +15555550177 for 15 s")
    assert document.count(f'action="{BASE}/twilio/person?call=CA1&amp;room={room}"') == 2
    assert document.count("<Say>Ann &amp; Bo.</Say>") == 2


async def test_a_person_who_need_not_press_a_key_is_not_asked() -> None:
    api = Api()
    warm = of(api)
    await warm.ring(FACTS, Transfer("+15555550177", summary="Ann.", confirm=False), warm.room("CA1"))
    [(_, _, document)] = api.asked
    assert re.search(r"<Say>Ann\.</Say><Redirect method=\"POST\">[^<]*&amp;asked=no</Redirect>", document)


async def test_a_long_summary_is_cut_so_that_the_carrier_takes_it() -> None:
    api = Api()
    warm = of(api)
    await warm.ring(FACTS, Transfer("+15555550177", summary="x" * 5000), warm.room("CA1"))
    [(_, _, document)] = api.asked
    assert (document.count("x" * LONGEST_SUMMARY), "x" * (LONGEST_SUMMARY + 1) in document) == (2, False)
    assert len(document) < 4000


def test_whom_a_nameless_address_was_called_by_cannot_be_called_back() -> None:
    facts = CallFacts("CA1", "twilio", "+15550100199", "sip:bot@example.com")
    with pytest.raises(CarrierError, match=r"^there is no number to call from, expected `twilio\.number`"):
        of(Api()).calls_from(facts)
    assert of(Api(), number="+15555550111").calls_from(facts) == "+15555550111"
