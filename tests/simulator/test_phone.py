"""An account at the simulated carrier."""

from pathlib import Path

import pytest

from appliance.errors import ProtocolError
from appliance.simulator import Call, Phone, Say, Wait
from tests.simulator.bot import greet, serving


async def test_a_phone_that_is_put_down_ends_its_calls() -> None:
    async with serving(greet) as bot:
        async with Phone() as phone:
            live = await phone.dial(Call(url=bot.url, actions=[Wait("end")]))
            await live.line.bot_speaks(5.0)
        assert bot.sockets[0].events() == ["connected", "start", "stop"]


async def test_calls_have_the_account_and_numbers_they_were_given() -> None:
    async with serving(greet) as bot, Phone(account_sid="AC" + "7" * 32) as phone:
        await phone.call(Call(url=bot.url, actions=[Wait()], to="+15551", from_number="+15552", grace_secs=0.0))
    [form] = bot.forms("/voice")
    call_sid = form.pop("CallSid")
    assert (call_sid[:2], len(call_sid)) == ("CA", 34)
    assert form == {
        "AccountSid": "AC" + "7" * 32,
        "ApiVersion": "2010-04-01",
        "CallStatus": "ringing",
        "Called": "+15551",
        "Caller": "+15552",
        "Direction": "inbound",
        "From": "+15552",
        "To": "+15551",
    }


async def test_what_happens_is_told_as_it_happens(tmp_path: Path) -> None:
    told: list[str] = []
    async with serving(greet) as bot, Phone() as phone:
        result = await phone.call(
            Call(url=bot.url, actions=[Wait()], grace_secs=0.0), lambda item: told.append(item.what)
        )
    assert told == [
        "calls +15550100100 from +15550100199",
        "<Connect><Stream>",
        f"media stream to ws://{bot.host}/media is open",
        "begins to speak",
        "spoke 0.3 s",
        "the call is over: the caller hung up",
    ]
    assert sorted(item.what for item in result.items) == sorted(told)
    assert [item.at_secs for item in result.items] == sorted(item.at_secs for item in result.items)


async def test_a_script_that_cannot_be_spoken_places_no_call() -> None:
    async with serving(greet) as bot, Phone() as phone:
        with pytest.raises(ProtocolError):
            await phone.call(Call(url=bot.url, actions=[Say("hello")]))
        assert bot.requests == []
