"""Carriers' streams that misbehave: the caller is served all the same, or the call ends cleanly."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from appliance.simulator import Call, CallResult, Phone, Sound, Speak, Wait
from tests.whole.appliance import Appliance
from tests.whole.carrier import NUMBER
from tests.whole.engines import Engines

pytestmark = pytest.mark.asyncio(loop_scope="module")

HARMLESS = ("late-start:0.5", "jitter", "no-marks", "no-stop", "odd-sizes", "minimal", "garbage", "second-stream")
HOPELESS = ("no-start", "wrong-token", "no-token", "drop-every-socket:0.4", "flood")
CONVERSATION = [("bot", "Welcome. Shall we go on?"), ("caller", "yes"), ("bot", "Thank you and goodbye.")]
CUT_OFF = "Sorry, we were cut off. Shall we go on?"


class Placed:
    """Calls that were all placed at the same time, by their misbehaviour, and their records."""

    def __init__(self) -> None:
        self.results: dict[str, CallResult] = {}
        self.records: dict[str, dict[str, Any] | None] = {}

    async def place(self, service: Appliance, phone: Phone, name: str, *actions: Any) -> None:
        """One call; without actions it says yes to the one question."""
        does = list(actions) or [Wait("bot"), Speak(self.yes), Wait("end")]
        call = Call(url=service.voice_url, to=NUMBER, actions=does, misbehave=[name])
        self.results[name] = await phone.call(call)
        status, record = await service.get(f"/api/calls/{self.results[name].call_sid}", self.token)
        self.records[name] = record if status == 200 else None

    def turns(self, name: str) -> list[tuple[str, str]]:
        """Who said what."""
        record = self.records[name]
        assert record is not None
        return [(turn["who"], turn["text"]) for turn in record["turns"]]

    yes: Sound
    token: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def placed(quick: Appliance, listener: socket.socket, yes: Sound) -> AsyncIterator[Placed]:
    """All the calls of this file."""
    calls = Placed()
    calls.yes, calls.token = yes, quick.token()
    freeze = [Wait("bot"), Wait("end")]
    async with Engines(listener), Phone() as phone:
        await asyncio.gather(
            *(calls.place(quick, phone, name) for name in (*HARMLESS, *HOPELESS, "drop-socket:0.3")),
            calls.place(quick, phone, "freeze:2.5", *freeze, Speak(yes)),
        )
        yield calls


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_a_carrier_may_do_does_not_disturb_the_conversation(placed: Placed, name: str) -> None:
    result = placed.results[name]
    assert (result.problems, result.verbs, result.end) == ([], ["Connect", "Redirect", "Hangup"], "<Hangup>")
    assert placed.turns(name) == CONVERSATION
    record = placed.records[name]
    assert record is not None
    assert (record["outcome"], record["end_reason"]) == ("completed", "completed")


async def test_a_second_stream_is_closed_and_hears_nothing(placed: Placed, quick: Appliance) -> None:
    told = [item.what for item in placed.results["second-stream"].items if item.who == "server"]
    assert told == ["closes the second stream (1008)", "closes the media stream (1000)"]
    assert await quick.metric("appliance_refused_total", reason="media token: reused") >= 1


async def test_garbage_is_counted_and_skipped(placed: Placed, quick: Appliance) -> None:
    assert await quick.metric("appliance_media_messages_skipped_total") >= 100
    assert await quick.metric("appliance_media_messages_unusual_total", what="unknown event") >= 1


async def test_messages_without_sequence_numbers_are_counted_and_used(placed: Placed, quick: Appliance) -> None:
    assert placed.turns("minimal") == CONVERSATION
    assert await quick.metric("appliance_media_messages_unusual_total", what="no sequence number") >= 100


async def test_a_flood_ends_the_call_with_an_apology(placed: Placed) -> None:
    result, record = placed.results["flood"], placed.records["flood"]
    assert result.verbs == ["Connect", "Redirect", "Say", "Hangup"]
    assert record is not None
    assert (record["outcome"], record["end_reason"]) == ("failed", "too many messages made no sense")


@pytest.mark.parametrize("name", ["wrong-token", "no-token"])
async def test_a_stream_without_the_right_token_creates_nothing(placed: Placed, quick: Appliance, name: str) -> None:
    result = placed.results[name]
    assert [item.what for item in result.items if item.who == "server"] == ["closes the media stream (1008)"] * 4
    assert result.dialled == ["+15555550199"]
    assert [item for item in result.items if item.who == "bot"] == []
    assert placed.records[name] is None
    assert await quick.metric("appliance_refused_total", reason="media token: unknown") == 8


async def test_a_stream_that_never_starts_is_closed_and_the_caller_is_connected_with_somebody(
    placed: Placed, quick: Appliance
) -> None:
    result = placed.results["no-start"]
    assert [item.what for item in result.items if item.who == "server"] == ["closes the media stream (1008)"] * 4
    assert result.verbs[-3:] == ["Say", "Dial", "Hangup"]
    assert placed.records["no-start"] is None
    assert await quick.metric("appliance_refused_total", reason="media without start") == 4


async def test_a_lost_stream_comes_back_and_the_conversation_goes_on(placed: Placed) -> None:
    result = placed.results["drop-socket:0.3"]
    assert (result.problems, result.streams) == ([], 2)
    assert result.verbs == ["Connect", "Redirect", "Connect", "Redirect", "Hangup"]
    assert placed.turns("drop-socket:0.3")[-3:] == [("bot", CUT_OFF), *CONVERSATION[1:]]


async def test_a_stream_that_is_lost_again_and_again_ends_with_the_apology_and_the_fallback(placed: Placed) -> None:
    result, record = placed.results["drop-every-socket:0.4"], placed.records["drop-every-socket:0.4"]
    assert (result.streams, result.verbs[-3:], result.dialled) == (4, ["Say", "Dial", "Hangup"], ["+15555550199"])
    assert any(item.what == "<Say> 'We have a technical problem.'" for item in result.items)
    assert record is not None
    assert (record["outcome"], record["end_reason"]) == ("failed", "the stream was lost too often")


async def test_a_stream_without_media_counts_as_lost_and_comes_back(placed: Placed) -> None:
    result = placed.results["freeze:2.5"]
    assert next(item.what for item in result.items if item.who == "server") == "closes the media stream (1000)"
    assert result.streams > 1
    assert ("bot", CUT_OFF) in placed.turns("freeze:2.5")
