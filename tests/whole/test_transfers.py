"""How a call ends by the bot's will: with REST credentials and without."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from appliance.simulator import Call, Phone, Press, Wait
from tests.whole.appliance import Appliance, free_port, running
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines

ACCOUNT, AUTH_TOKEN = "AC" + "5" * 32, "fedcba9876543210fedcba9876543210"


@pytest.fixture(scope="module")
def rest_port() -> int:
    """Where the carrier's REST resource is going to be."""
    return free_port()


@pytest.fixture(scope="module")
def rest(
    rest_port: int, quick_dialplans: Path, listener: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A service with REST credentials."""
    with running(
        tmp_path_factory.mktemp("rest"),
        quick_dialplans,
        speech__uri=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
        twilio__account_sid=ACCOUNT,
        twilio__auth_token=AUTH_TOKEN,
        twilio__api_base=f"http://127.0.0.1:{rest_port}",
    ) as service:
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


def _call(service: Appliance, keys: str) -> Call:
    return Call(url=service.voice_url, to=NUMBER, actions=[Wait("bot"), Press(keys), Wait("end")], talk_secs=0.1)


async def test_without_credentials_a_transfer_follows_the_redirect(
    quick: Appliance, engines: Engines, phone: Phone
) -> None:
    result = await phone.call(_call(quick, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Dial"])
    assert result.dialled == ["+15555550198"]
    record = await quick.record(result.call_sid)
    assert (record["outcome"], record["end_reason"]) == ("transferred", "transferred")
    said = [(turn["who"], turn["text"]) for turn in record["turns"]]
    assert said == [("bot", "Welcome. Shall we go on?"), ("caller", "2"), ("bot", "One moment please.")]
    assert record["turns"][1]["details"] == {"keys": True}


async def test_with_credentials_a_transfer_goes_over_rest(rest: Appliance, engines: Engines, with_rest: Phone) -> None:
    result = await with_rest.call(_call(rest, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Dial"])
    assert result.dialled == ["+15555550198"]
    assert (await rest.record(result.call_sid))["outcome"] == "transferred"


async def test_with_credentials_a_wanted_end_goes_over_rest(
    rest: Appliance, engines: Engines, with_rest: Phone
) -> None:
    result = await with_rest.call(_call(rest, "1"))
    assert (result.problems, result.verbs) == ([], ["Connect"])
    assert (await rest.record(result.call_sid))["outcome"] == "completed"


async def test_when_rest_fails_the_redirect_does_it(rest: Appliance, engines: Engines, without_rest: Phone) -> None:
    result = await without_rest.call(_call(rest, "2"))
    assert (result.problems, result.verbs) == ([], ["Connect", "Redirect", "Dial"])
    assert result.dialled == ["+15555550198"]
    assert "the webhook will answer instead" in rest.log()
    assert AUTH_TOKEN not in rest.log()


async def test_the_last_word_is_heard_to_its_end_before_the_call_ends(
    quick: Appliance, engines: Engines, phone: Phone
) -> None:
    engines.secs = lambda text: 1.5 if "goodbye" in text else 0.3
    result = await phone.call(_call(quick, "1"))
    pressed = next(item.at_secs for item in result.items if item.what == "presses 1")
    answer = result.bot_track[round(pressed * 8000) :].strip(b"\xff\x7f")
    assert abs(len(answer) / 8000 - 1.5) < 0.1
