"""Calls that the server places, and messages that it sends, asked with the carrier's own client package."""

import asyncio
import functools
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from appliance.simulator import Call, Phone, Wait
from appliance.simulator.rest import TextMessage
from tests.simulator.bot import Bot, greet, serving
from tests.simulator.test_rest import TOKEN, Redirected

TWIML = "<Response><Gather><Say>Do you take it?</Say></Gather></Response>"


async def asked(bot: Bot, human: str, collection: str, **more: Any) -> tuple[Any, Phone, list[str]]:
    """What the server asks for while a caller is on the line: the resource, and what people did then."""
    async with Phone(auth_token=TOKEN, rest_port=0) as phone:
        live = await phone.dial(Call(url=bot.url, human=human, talk_secs=0.0, actions=[Wait("end")]))
        await live.line.bot_speaks(5)
        client = Client(phone.account_sid, TOKEN, http_client=Redirected(phone.rest_url))
        made = await asyncio.to_thread(functools.partial(getattr(client, collection).create, **more))
        if collection == "calls":
            await live.line.until(lambda: any("the call is over" in item.what for item in live.leg.items), 10)
        told = [item.what for item in live.leg.items if item.who == "human"]
        await live.hang_up()
    return made, phone, told


@pytest.mark.parametrize(("human", "digits"), [("answers", ["1"]), ("declines", ["2"])])
async def test_whoever_picks_up_hears_the_twiml_and_presses_a_key(human: str, digits: list[str]) -> None:
    async with serving(greet, keys=["<Hangup/>"]) as bot:
        twiml = TWIML.replace("<Gather>", f'<Gather action="http://{bot.host}/keys">')
        made, _, told = await asked(bot, human, "calls", to="+1555", from_="+1666", twiml=twiml)
    assert (made.direction, made.to, told[:2]) == (
        "outbound-api",
        "+1555",
        ["(carrier) calls +1555 from +1666", "picks up"],
    )
    assert [form["Digits"] for form in bot.forms("/keys")] == digits
    assert bot.forms("/keys")[0]["Direction"] == "outbound-api"


@pytest.mark.parametrize(
    ("human", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed"), ("hangs-up", "completed")]
)
async def test_how_the_call_ended_is_told(human: str, status: str) -> None:
    async with serving(greet, status=[""]) as bot:
        callback = f"http://{bot.host}/status"
        await asked(bot, human, "calls", to="+1555", from_="+1666", twiml=TWIML, status_callback=callback)
    assert [form["CallStatus"] for form in bot.forms("/status")] == [status]


async def test_a_message_is_delivered() -> None:
    async with serving(greet) as bot:
        _, phone, _ = await asked(bot, "answers", "messages", to="+1555", from_="+1666", body="Hi.")
    assert phone.messages == [TextMessage("+1555", "+1666", "Hi.")]


@pytest.mark.parametrize(
    ("collection", "wanted", "code"),
    [
        ("calls", {"to": "+1555", "from_": "", "twiml": TWIML}, 21213),
        ("calls", {"to": "", "from_": "+1666", "twiml": TWIML}, 21201),
        ("calls", {"to": "+1555", "from_": "+1666"}, 21205),
        ("messages", {"to": "+1555", "from_": "+1666"}, 21602),
    ],
)
async def test_what_says_too_little_is_refused(collection: str, wanted: dict[str, str], code: int) -> None:
    async with serving(greet) as bot:
        with pytest.raises(TwilioRestException) as caught:
            await asked(bot, "answers", collection, **wanted)
    assert (caught.value.status, caught.value.code) == (400, code)
