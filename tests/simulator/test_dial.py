"""`<Dial>` as the carrier runs it."""

import pytest

from appliance.simulator import Call, Phone, Wait, place_call
from tests.simulator.bot import listen, serving

EVENTS = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'
TO = f"<Dial{{}}><Number {EVENTS}>+1555</Number></Dial>"


@pytest.mark.parametrize(
    ("human", "statuses"),
    [
        ("answers", ["initiated", "ringing", "in-progress", "completed"]),
        ("busy", ["initiated", "ringing", "busy"]),
    ],
)
async def test_the_call_to_a_number_is_told_to_its_callback(human: str, statuses: list[str]) -> None:
    async with serving(listen, TO.format(""), leg=[""]) as bot:
        result = await place_call(Call(url=bot.url, human=human, talk_secs=0.0))
    forms = bot.forms("/leg")
    assert [form["CallStatus"] for form in forms] == statuses
    assert {(form["ParentCallSid"], form["To"], form["Direction"]) for form in forms} == {
        (result.call_sid, "+1555", "outbound-dial")
    }
    assert [form["SequenceNumber"] for form in forms] == [str(number) for number in range(len(forms))]


async def test_a_caller_who_hangs_up_while_it_rings_is_asked_nothing_any_more() -> None:
    twiml = TO.format(' action="/done"').replace("initiated ringing answered ", "")
    async with serving(listen, twiml, leg=[""], done=["<Hangup/>"]) as bot, Phone() as phone:
        live = await phone.dial(Call(url=bot.url, ring_secs=30.0, actions=[Wait("end")]))
        await live.line.until(lambda: bool(live.leg.dialled), 5)
        await live.hang_up()
    assert ([form["CallStatus"] for form in bot.forms("/leg")], bot.forms("/done")) == (["canceled"], [])


@pytest.mark.parametrize("timeout", ["4", "601", "soon"])
async def test_a_timeout_that_the_carrier_does_not_know_ends_the_call(timeout: str) -> None:
    async with serving(listen, f'<Dial timeout="{timeout}">+1555</Dial>') as bot:
        result = await place_call(Call(url=bot.url))
    assert result.problems == [f"13212: <Dial timeout='{timeout}'>, expected 5 to 600 seconds."]


async def test_a_conference_without_a_name_ends_the_call() -> None:
    async with serving(listen, "<Dial><Conference/></Dial>") as bot:
        result = await place_call(Call(url=bot.url))
    assert result.problems == ["12100: <Conference> without a name."]


async def test_who_leaves_a_room_is_told() -> None:
    room = '<Dial><Conference statusCallback="/room" statusCallbackEvent="leave">a room</Conference></Dial>'
    async with serving(listen, room, room=[""]) as bot, Phone() as phone:
        live = await phone.dial(Call(url=bot.url, actions=[Wait("end")]))
        await live.line.until(lambda: any("waited in" in item.what for item in live.leg.items), 5)
        await live.hang_up()
    [form] = bot.forms("/room")
    assert (form["StatusCallbackEvent"], form["CallSid"], form["FriendlyName"]) == (
        "participant-leave",
        live.sid,
        "a room",
    )
