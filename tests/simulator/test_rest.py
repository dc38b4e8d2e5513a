"""The REST call resource, asked with the carrier's own client package."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from appliance.simulator import Call, LiveCall, Phone, Wait
from tests.simulator.bot import STREAM, Bot, greet, serving

TOKEN = "t0p"
LIMIT_SECS = 5.0


class Redirected(TwilioHttpClient):  # type: ignore[misc]
    """The package's client, sent to another base address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **more)


@asynccontextmanager
async def streaming(bot: Bot, token: str = TOKEN) -> AsyncIterator[tuple[LiveCall, Callable[..., Any], Phone]]:
    """A call on which the bot has begun to speak, and its REST resource (run in a thread)."""
    async with Phone(auth_token=TOKEN, rest_port=0) as phone:
        live = await phone.dial(Call(url=bot.url, actions=[Wait("end")], talk_secs=0.0))
        await live.line.bot_speaks(LIMIT_SECS)
        client = Client(phone.account_sid, token, http_client=Redirected(phone.rest_url))
        resource = client.calls(live.sid)

        async def ask(name: str, **more: object) -> Any:
            return await asyncio.to_thread(functools.partial(getattr(resource, name), **more))

        yield live, ask, phone


async def test_the_call_can_be_asked_for() -> None:
    async with serving(greet) as bot, streaming(bot) as (live, ask, phone):
        found = await ask("fetch")
        assert (found.sid, found.account_sid, found.status) == (live.sid, phone.account_sid, "in-progress")
        assert (found.to, found._from, found.direction) == ("+15550100100", "+15550100199", "inbound")
        await live.hang_up()
        ended = await ask("fetch")
        assert (ended.status, ended.duration) == ("completed", "0")
        assert ended.end_time is not None


async def test_a_call_hung_up_over_rest_leaves_the_stream_with_stop_and_runs_no_verb_after_it() -> None:
    async with serving(greet, STREAM + "<Dial>+1666</Dial>") as bot, streaming(bot) as (live, ask, _):
        assert (await ask("update", status="completed")).sid == live.sid
        result = await live.result()
    assert (result.end, result.verbs, result.dialled) == ("ended over REST", ["Connect"], [])
    assert bot.sockets[0].events() == ["connected", "start", "stop"]
    assert result.problems == []


async def test_other_twiml_over_rest_is_run_instead_of_the_verbs_after_the_stream() -> None:
    async with serving(greet, STREAM + "<Say>never</Say>") as bot, streaming(bot) as (live, ask, _):
        await ask("update", twiml="<Response><Dial>+15550123</Dial></Response>")
        result = await live.result()
    assert (result.verbs, result.dialled, result.end) == (["Connect", "Dial"], ["+15550123"], "the TwiML ended")
    assert bot.sockets[0].events() == ["connected", "start", "stop"]
    assert result.problems == []


async def test_another_url_over_rest_is_fetched_signed() -> None:
    async with serving(greet, other=["<Hangup/>"]) as bot, streaming(bot) as (live, ask, _):
        await ask("update", url=f"http://{bot.host}/other", method="GET")
        result = await live.result()
    path, _, headers = bot.requests[-1]
    assert path.startswith("/other?")
    assert "X-Twilio-Signature" in headers
    assert (result.end, result.problems) == ("<Hangup>", [])


async def test_twiml_over_rest_that_cannot_be_read_ends_the_call() -> None:
    async with serving(greet) as bot, streaming(bot) as (live, ask, _):
        await ask("update", twiml="<Response>")
        result = await live.result()
    assert (result.end, result.problems) == (
        "an error",
        ["12100: The TwiML is not XML: no element found: line 1, column 10."],
    )


async def test_a_call_that_has_ended_is_not_found_any_more() -> None:
    async with serving(greet) as bot, streaming(bot) as (live, ask, phone):
        await live.hang_up()
        with pytest.raises(TwilioRestException) as caught:
            await ask("update", status="completed")
    path = f"/2010-04-01/Accounts/{phone.account_sid}/Calls/{live.sid}.json"
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert f"The requested resource {path} was not found" in str(caught.value)


async def test_the_wrong_token_is_refused() -> None:
    async with serving(greet) as bot, streaming(bot, "wrong") as (_, ask, _phone):
        with pytest.raises(TwilioRestException) as caught:
            await ask("update", status="completed")
    assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"twiml": "<Response/>", "url": "http://h/"}, 21218), ({"status": "paused"}, 21213)],
)
async def test_what_cannot_be_done_is_refused(wanted: dict[str, str], code: int) -> None:
    async with serving(greet) as bot, streaming(bot) as (live, ask, _):
        with pytest.raises(TwilioRestException) as caught:
            await ask("update", **wanted)
        assert not live.is_over
    assert (caught.value.status, caught.value.code) == (400, code)
