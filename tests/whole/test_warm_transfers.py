"""Callers who wait while a person is told of them: taken, declined, not answered, gone."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import aiohttp
import pytest

from appliance.server.warm import Rooms
from appliance.simulator import Action, Call, CallResult, Phone, Press, Wait
from appliance.simulator.rest import TextMessage
from appliance.simulator.signature import sign
from tests.whole.appliance import Appliance, free_port
from tests.whole.carrier import new_call_id
from tests.whole.engines import Engines
from tests.whole.handing_over import ACCOUNT, AUTH_TOKEN, WARM, calling, played, serving, story, transfers

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
BOSS = "+15555550196"
TOLD = "<Say> 'A call from +15550100199 for boss & <co>.'"


@pytest.fixture(scope="module")
def rest_port() -> int:
    """Where the carrier's REST resource is going to be."""
    return free_port()


@pytest.fixture(scope="module")
def rest(rest_port: int, listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service with REST credentials."""
    with serving(
        tmp_path_factory.mktemp("warm"),
        listener,
        WARM,
        twilio__account_sid=ACCOUNT,
        twilio__auth_token=AUTH_TOKEN,
        twilio__api_base=f"http://127.0.0.1:{rest_port}",
    ) as service:
        yield service


@pytest.fixture
async def phone(rest_port: int) -> AsyncIterator[Phone]:
    """A phone at a carrier with the REST resource."""
    async with Phone(account_sid=ACCOUNT, auth_token=AUTH_TOKEN, rest_port=rest_port) as one:
        yield one


def people(result: CallResult) -> list[str]:
    """What the person did and heard, in order."""
    return [item.what for item in result.items if item.who == "human"]


async def test_a_person_who_is_told_presses_1_and_has_the_caller(
    rest: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await phone.call(calling(rest, "6"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Dial", "Hangup"])
    told = people(result)
    assert told[:6] == [
        f"(carrier) calls {BOSS} from +15555550100",
        "picks up",
        "(carrier) <Gather>",
        f"(carrier) {TOLD}",
        "(carrier) <Say> 'Press 1 to take the call.'",
        "(caller) presses 1",
    ]
    assert "(carrier) <Conference> entered" in told
    assert await transfers(rest, result.call_sid) == [(BOSS, "answered")]
    record = await rest.record(result.call_sid)
    assert (record["outcome"], record["metadata"]["transfers"][0]["warm"]) == ("transferred", True)
    assert await story(rest, result.call_sid) == ["Please hold."]


@pytest.mark.parametrize(
    ("human", "why"),
    [("declines", "declined"), ("busy", "busy"), ("no-answer", "no-answer"), ("hangs-up", "declined")],
)
async def test_a_caller_whom_the_person_does_not_take_is_back_with_the_bot(
    rest: Appliance, engines: Engines, phone: Phone, human: str, why: str
) -> None:
    result = await played(phone, calling(rest, "6", human=human), "2")
    assert (result.problems, result.verbs) == ([], ["Connect", "Dial", "Connect"])
    assert await transfers(rest, result.call_sid) == [(BOSS, why)]
    assert await story(rest, result.call_sid) == [
        "Please hold.",
        "Nobody is there for boss. Anything else?",
        "Goodbye.",
    ]
    assert "(carrier) <Conference> entered" not in people(result)


async def test_when_the_caller_hangs_up_the_persons_telephone_stops_ringing(
    rest: Appliance, engines: Engines, phone: Phone
) -> None:
    call = calling(rest, "6", human="answers")
    live = await phone.dial(_slowly(call))
    await live.line.until(lambda: any("calls +15555550196" in item.what for item in live.leg.items), 20)
    result = await live.hang_up()
    async with asyncio.timeout(20):
        while (await rest.record(result.call_sid))["outcome"] is None:
            pass
        while not any("the call is over: ended over REST" in item.what for item in live.leg.items):
            await rest.get("/health/live")
    record = await rest.record(result.call_sid)
    assert (record["outcome"], record["end_reason"]) == ("abandoned", "the caller hung up")
    assert await transfers(rest, result.call_sid) == [(BOSS, "caller-left")]


def _slowly(call: Call) -> Call:
    return replace(call, ring_secs=5.0)


async def test_without_a_number_to_call_from_the_caller_does_not_wait_for_nothing(
    rest: Appliance, engines: Engines, phone: Phone
) -> None:
    call = calling(rest, "6")
    result = await played(phone, replace(call, to="sip:bot@example.com"), "2")
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Connect"])
    assert await transfers(rest, result.call_sid) == [(BOSS, "failed")]
    assert "there is no number to call from, expected `twilio.number` in the settings" in rest.log()


async def test_nobody_enters_a_room_that_was_not_made_for_the_call(rest: Appliance, engines: Engines) -> None:
    for about in (f"call={new_call_id()}&room=1234-{'0' * 32}", f"call={new_call_id()}&room=", "room=%C3%BC"):
        assert await _asked(rest, f"/twilio/person?{about}", {"Digits": "1"}) == (403, "there is no such room\n")


async def test_a_person_who_was_told_before_a_restart_still_gets_the_caller(rest: Appliance, engines: Engines) -> None:
    call_id = new_call_id()
    about = f"call={call_id}&room={Rooms(AUTH_TOKEN).name(call_id)}"
    status, text = await _asked(rest, f"/twilio/person?{about}", {"Digits": "1"})
    assert (status, text.count("<Conference")) == (200, 1)
    assert await _asked(rest, f"/twilio/person?{about}", {"Digits": "2"}) == (
        200,
        f"{HEAD}<Response><Hangup /></Response>",
    )


async def test_a_text_message_is_sent_to_the_caller(rest: Appliance, engines: Engines, phone: Phone) -> None:
    actions: list[Action] = [Wait("bot"), Press("7"), Wait("bot"), Press("2"), Wait("end")]
    result = await phone.call(replace(calling(rest, "7"), actions=actions))
    assert result.problems == []
    assert phone.messages == [TextMessage("+15550100199", "+15555550100", "You asked for note.")]
    assert "delivers to +15550100199: 'You asked for note.'" in [item.what for item in result.items]
    assert await story(rest, result.call_sid) == ["Look at your telephone. Anything else?", "Goodbye."]


async def test_a_text_message_that_cannot_be_sent_is_said(rest: Appliance, engines: Engines) -> None:
    actions: list[Action] = [Wait("bot"), Press("7"), Wait("bot"), Press("2"), Wait("end")]
    async with Phone(account_sid=ACCOUNT, auth_token=AUTH_TOKEN) as without_rest:
        result = await without_rest.call(replace(calling(rest, "7"), actions=actions))
    assert result.problems == []
    [said, goodbye] = await story(rest, result.call_sid)
    assert (said, goodbye) == ("I could not send it. Look at your telephone. Anything else?", "Goodbye.")


async def _asked(service: Appliance, path: str, form: dict[str, str]) -> tuple[int, str]:
    """A signed request, as only the carrier can make it."""
    headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, service.url + path, form)}
    async with aiohttp.ClientSession() as http, http.post(service.url + path, data=form, headers=headers) as reply:
        return reply.status, await reply.text()
