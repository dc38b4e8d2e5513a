"""`<Gather>` as the carrier runs it."""

from appliance.simulator import Call, Phone, Wait
from tests.simulator.bot import listen, serving

ASKS = '<Gather numDigits="{}" action="/keys" timeout="1"><Say>Which?</Say></Gather><Say>Nothing.</Say>'


async def test_keys_are_told_to_the_action_once_there_are_enough() -> None:
    async with serving(listen, ASKS.format(2), keys=["<Hangup/>"]) as bot, Phone() as phone:
        live = await phone.dial(Call(url=bot.url, actions=[Wait("end")]))
        await live.line.until(lambda: "Gather" in live.leg.verbs, 5)
        live.line.press("12")
        result = await live.result()
    assert [form["Digits"] for form in bot.forms("/keys")] == ["12"]
    assert (result.verbs, result.problems) == (["Gather", "Hangup"], [])


async def test_without_any_key_the_next_verb_is_run() -> None:
    async with serving(listen, ASKS.format(1), keys=["<Hangup/>"]) as bot, Phone() as phone:
        result = await phone.call(Call(url=bot.url, actions=[Wait("end")]))
    assert (result.verbs, bot.forms("/keys")) == (["Gather", "Say"], [])


async def test_what_cannot_be_said_within_it_ends_the_call() -> None:
    async with serving(listen, '<Gather timeout="1"><Dial>+1555</Dial></Gather>') as bot, Phone() as phone:
        result = await phone.call(Call(url=bot.url, actions=[Wait("end")]))
    assert result.problems == ["12100: <Dial> in <Gather>, expected <Say>, <Play> or <Pause>."]
