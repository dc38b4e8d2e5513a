"""How a call ends by the bot's will, or is handed over and comes back: with REST credentials and without."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from appliance.simulator import Phone
from tests.whole.appliance import Appliance, free_port
from tests.whole.carrier import Carrier, new_call_id, start
from tests.whole.engines import Engines
from tests.whole.handing_over import ACCOUNT, AUTH_TOKEN, COLD, calling, played, serving, story, transfers

NOBODY = "I am sorry, nobody could take your call. Whom do you want?"


@pytest.fixture(scope="module")
def rest_port() -> int:
    """Where the carrier's REST resource is going to be."""
    return free_port()


@pytest.fixture(scope="module")
def rest(rest_port: int, listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service with REST credentials."""
    with serving(
        tmp_path_factory.mktemp("rest"),
        listener,
        COLD,
        twilio__account_sid=ACCOUNT,
        twilio__auth_token=AUTH_TOKEN,
        twilio__api_base=f"http://127.0.0.1:{rest_port}",
    ) as service:
        yield service


@pytest.fixture(scope="module")
def plain(listener: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A service without credentials."""
    with serving(tmp_path_factory.mktemp("plain"), listener, COLD) as service:
        yield service


@pytest.fixture
async def with_rest(rest_port: int) -> AsyncIterator[Phone]:
    """A phone at a carrier with the REST resource."""
    async with Phone(account_sid=ACCOUNT, auth_token=AUTH_TOKEN, rest_port=rest_port) as one:
        yield one


@pytest.fixture
async def without_rest() -> AsyncIterator[Phone]:
    """A phone at a carrier whose REST resource cannot be reached."""
    async with Phone(account_sid=ACCOUNT, auth_token=AUTH_TOKEN) as one:
        yield one


async def test_without_credentials_a_transfer_follows_the_redirect(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await phone.call(calling(plain, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Dial", "Hangup"])
    assert result.dialled == ["+15555550198"]
    record = await plain.record(result.call_sid)
    assert (record["outcome"], record["end_reason"]) == ("transferred", "transferred")
    assert await transfers(plain, result.call_sid) == [("+15555550198", "answered")]
    said = [(turn["who"], turn["text"]) for turn in record["turns"]]
    assert said == [("bot", "Welcome. Whom do you want?"), ("caller", "2"), ("bot", "One moment please.")]
    assert record["turns"][1]["details"] == {"keys": True}


async def test_with_credentials_a_transfer_goes_over_rest(rest: Appliance, engines: Engines, with_rest: Phone) -> None:
    result = await with_rest.call(calling(rest, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Dial", "Hangup"])
    assert result.dialled == ["+15555550198"]
    assert (await rest.record(result.call_sid))["outcome"] == "transferred"
    assert await transfers(rest, result.call_sid) == [("+15555550198", "answered")]


async def test_with_credentials_a_wanted_end_goes_over_rest(
    rest: Appliance, engines: Engines, with_rest: Phone
) -> None:
    result = await with_rest.call(calling(rest, "9"))
    assert (result.problems, result.verbs) == ([], ["Connect"])
    assert (await rest.record(result.call_sid))["outcome"] == "completed"


async def test_when_rest_fails_the_redirect_does_it(rest: Appliance, engines: Engines, without_rest: Phone) -> None:
    result = await without_rest.call(calling(rest, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Dial", "Hangup"])
    assert result.dialled == ["+15555550198"]
    assert "the webhook will answer instead" in rest.log()
    assert AUTH_TOKEN not in rest.log()


@pytest.mark.parametrize(
    ("human", "why"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed"), ("hangs-up", "hung-up")]
)
async def test_a_caller_whom_nobody_takes_comes_back_to_the_same_conversation(
    plain: Appliance, engines: Engines, phone: Phone, human: str, why: str
) -> None:
    result = await played(phone, calling(plain, "2", human=human), "2")
    assert result.problems == []
    assert result.verbs == ["Connect", "Redirect", "Dial", "Connect", "Redirect", "Hangup"]
    assert result.streams == 2
    assert await transfers(plain, result.call_sid) == [("+15555550198", why)]
    assert await story(plain, result.call_sid) == [
        "One moment please.",
        "Nobody is there for sales. Anything else?",
        "Goodbye.",
    ]
    assert (await plain.record(result.call_sid))["outcome"] == "completed"


async def test_over_rest_the_caller_comes_back_just_the_same(
    rest: Appliance, engines: Engines, with_rest: Phone
) -> None:
    result = await played(with_rest, calling(rest, "3", human="busy"), "2")
    assert (result.problems, result.verbs) == ([], ["Connect", "Dial", "Connect"])
    assert result.dialled == ["sip:office@example.com;transport=tls"]
    assert await transfers(rest, result.call_sid) == [("sip:office@example.com;transport=tls", "busy")]
    assert await story(rest, result.call_sid) == ["Nobody is there for office. Anything else?", "Goodbye."]


async def test_without_a_step_for_it_the_caller_is_told_and_asked_again(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await played(phone, calling(plain, "7", human="busy"), "9")
    assert result.problems == []
    assert await story(plain, result.call_sid) == [NOBODY, "Goodbye."]


async def test_a_caller_may_be_handed_over_twice(plain: Appliance, engines: Engines, phone: Phone) -> None:
    result = await played(phone, calling(plain, "7", human="no-answer"), "2", "2")
    assert result.problems == []
    assert await transfers(plain, result.call_sid) == [("+15555550197", "no-answer"), ("+15555550198", "no-answer")]


async def test_a_queue_is_waited_in_until_somebody_takes_the_next_caller(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await phone.call(calling(plain, "4"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Enqueue", "Hangup"])
    assert result.dialled == ["queue:support"]
    assert (await plain.record(result.call_sid))["outcome"] == "transferred"
    assert await transfers(plain, result.call_sid) == [("queue:support", "answered")]


async def test_who_has_waited_in_a_queue_long_enough_comes_back(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await played(phone, calling(plain, "4", human="no-answer"), "2")
    assert result.problems == []
    assert result.verbs == ["Connect", "Redirect", "Enqueue", "Play", "Leave", "Connect", "Redirect", "Hangup"]
    assert await transfers(plain, result.call_sid) == [("queue:support", "no-answer")]
    assert await story(plain, result.call_sid) == ["Nobody is there for support. Anything else?", "Goodbye."]


async def test_a_queue_that_is_full_gives_the_caller_back_at_once(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await played(phone, calling(plain, "4", human="busy"), "2")
    assert result.problems == []
    assert await transfers(plain, result.call_sid) == [("queue:support", "queue-full")]


@pytest.mark.parametrize("keys", ["2", "4"])
async def test_a_caller_who_hangs_up_while_it_rings_was_not_transferred(
    plain: Appliance, engines: Engines, phone: Phone, keys: str
) -> None:
    live = await phone.dial(calling(plain, keys, human="no-answer"))
    await live.line.until(lambda: bool(live.leg.dialled), 20)
    result = await live.hang_up()
    await ended(plain, result.call_sid)
    record = await plain.record(result.call_sid)
    assert (record["outcome"], record["end_reason"]) == ("abandoned", "the caller hung up")
    assert [one["result"] for one in record["metadata"]["transfers"]] == ["caller-left"]


async def test_a_supervisor_passes_a_call_on_to_a_queue_and_it_comes_back(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    call = calling(plain, "9", human="busy")
    live = await phone.dial(call)
    await live.line.until(lambda: live.leg.streams > 0, 20)
    token = plain.token(name="Bo")
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{plain.url}/rtvi/{live.sid}") as watch:
        await watch.send_json({"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": {"version": "2.1.0"}})
        data = {"service": "call", "action": "transfer", "arguments": [{"name": "to", "value": "queue:support"}]}
        await watch.send_json({"label": "rtvi-ai", "type": "action", "id": "2", "data": data})
        states = await _states(watch, "live")
    assert states == ["transferring", "live"]
    result = await live.result()
    assert result.problems == []
    assert result.dialled == ["queue:support"]
    [transfer] = (await plain.record(result.call_sid))["metadata"]["transfers"]
    assert (transfer["to"], transfer["result"], transfer["by"]) == ("queue:support", "queue-full", "Bo")


async def _states(watch: aiohttp.ClientWebSocketResponse, until: str) -> list[str]:
    """The call's states that a viewer is told of after a transfer has begun."""
    states: list[str] = []
    async with asyncio.timeout(20):
        async for message in watch:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            data = message.json().get("data") or {}
            call = data.get("call") or {}
            if data.get("type") == "call-updated" and (states or call.get("state") == "transferring"):
                states += [call["state"]] if states[-1:] != [call["state"]] else []
                if states[-1] == until:
                    return states
    raise AssertionError(f"The watching ended with {states}.")


async def test_a_caller_from_before_a_restart_is_told_and_the_call_begins_again(
    plain: Appliance, engines: Engines
) -> None:
    async with aiohttp.ClientSession() as http:
        carrier = Carrier(plain, http)
        form = {"CallSid": new_call_id(), "To": "+15555550100", "From": "+15550100199", "CallStatus": "in-progress"}
        status, text = await carrier.post("/twilio/voice", form | {"DialCallStatus": "no-answer"})
        assert (status, "<Say>We are sorry, nobody could take your call.</Say><Connect>" in text) == (200, True)
        token = re.search(r'<Parameter name="token" value="([^"]+)"', text)
        assert token
        async with carrier.stream() as socket_:
            await socket_.send_json(start(form["CallSid"], token[1]))
            async with asyncio.timeout(20):
                while (await plain.get(f"/api/calls/{form['CallSid']}", plain.token()))[0] != 200:
                    pass


async def test_a_conversation_from_before_a_restart_ends_when_the_person_hangs_up(
    plain: Appliance, engines: Engines
) -> None:
    async with aiohttp.ClientSession() as http:
        form = {"CallSid": new_call_id(), "To": "+15555550100", "From": "+15550100199", "CallStatus": "in-progress"}
        status, text = await Carrier(plain, http).post("/twilio/voice", form | {"DialCallStatus": "completed"})
    assert (status, text.partition("?>")[2]) == (200, "<Response><Hangup /></Response>")


@pytest.mark.parametrize("path", ["voice", "leg", "person", "room", "wait"])
async def test_nothing_about_transfers_is_answered_without_a_signature(rest: Appliance, path: str) -> None:
    async with aiohttp.ClientSession() as http:
        status, text = await Carrier(rest, http).post(f"/twilio/{path}", {"CallSid": new_call_id()})
    assert (status, text) == (403, "the signature does not fit\n")


async def test_the_last_word_is_heard_to_its_end_before_the_call_ends(
    plain: Appliance, engines: Engines, phone: Phone
) -> None:
    engines.secs = lambda text: 1.5 if "Goodbye" in text else 0.3
    result = await phone.call(calling(plain, "9"))
    pressed = next(item.at_secs for item in result.items if item.what == "presses 9")
    answer = result.bot_track[round(pressed * 8000) :].strip(b"\xff\x7f")
    assert abs(len(answer) / 8000 - 1.5) < 0.1


async def ended(service: Appliance, call_id: str) -> None:
    """Waits until the record says how the call ended."""
    async with asyncio.timeout(20):
        while (await service.record(call_id))["outcome"] is None:
            pass
