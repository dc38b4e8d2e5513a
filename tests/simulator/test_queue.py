"""`<Enqueue>` as the carrier runs it."""

import pytest

from appliance.simulator import Call, Phone, Wait, place_call
from tests.simulator.bot import listen, serving

QUEUE = '<Enqueue action="/done" waitUrl="/wait">support</Enqueue>'


@pytest.mark.parametrize(
    ("human", "result"), [("answers", "bridged"), ("busy", "queue-full"), ("failed", "system-error")]
)
async def test_what_comes_of_waiting_is_told_to_the_action(human: str, result: str) -> None:
    async with serving(listen, QUEUE, done=["<Hangup/>"]) as bot:
        outcome = await place_call(Call(url=bot.url, human=human, talk_secs=0.0, actions=[Wait("end")]))
    [form] = bot.forms("/done")
    assert (form["QueueResult"], "QueueSid" in form) == (result, result == "bridged")
    assert (outcome.dialled, outcome.problems) == (["queue:support"], [])


async def test_who_waits_hears_the_same_again_until_the_queue_is_left() -> None:
    waits = ["<Say>Wait.</Say>", "<Say>Wait.</Say>", "<Leave/>"]
    async with serving(listen, QUEUE, wait=waits, done=["<Hangup/>"]) as bot:
        result = await place_call(Call(url=bot.url, human="no-answer", actions=[Wait("end")]))
    assert (result.verbs, len(bot.forms("/wait"))) == (["Enqueue", "Say", "Say", "Leave", "Hangup"], 3)
    assert bot.forms("/done")[0]["QueueResult"] == "leave"


async def test_of_a_caller_who_hangs_up_the_action_is_told() -> None:
    async with serving(listen, QUEUE.replace(' waitUrl="/wait"', ""), done=["<Hangup/>"]) as bot, Phone() as phone:
        live = await phone.dial(Call(url=bot.url, human="no-answer", actions=[Wait("end")]))
        await live.line.until(lambda: bool(live.leg.dialled), 5)
        await live.hang_up()
    assert [form["QueueResult"] for form in bot.forms("/done")] == ["hangup"]
