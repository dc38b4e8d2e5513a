import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from appliance.carriers.twilio.codec import TwilioCodec
from appliance.ops.logging import PERSONAL
from appliance.server import desk as desk_module
from appliance.server.desk import Desk
from appliance.server.house import House
from tests.call.lines import Wire
from tests.server.houses import Api, form, opened

STREAM, APOLOGY = "<Stream", "<Say>We have a technical problem.</Say><Dial"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, None)


def token(twiml: str) -> str:
    found = re.search(r'value="([^"]+)"', twiml)
    assert found, twiml
    return found[1]


def connected(desk: Desk, wire: Wire, call_id: str = "CA1") -> "asyncio.Task[None]":
    """A stream of a call that the webhook was asked about."""
    codec = TwilioCodec()
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    start = {"streamSid": "MZ1", "callSid": call_id, "mediaFormat": media_format}
    codec.decode(json.dumps({"event": "start", "streamSid": "MZ1", "start": start}))
    return asyncio.create_task(desk.stream(call_id, codec, wire, wire.send))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)


async def asked(house: House, call_id: str = "CA1") -> None:
    """Waits until the bot has asked its question."""
    await until(lambda: house.calls.get(call_id) is not None)
    call = house.calls.get(call_id)
    assert call is not None
    output = call.transport.output()
    await until(lambda: output.playout.written > 0 and not call.task.inbox.replies.open)


async def record(house: House, call_id: str = "CA1") -> tuple[str | None, str | None]:
    """How a call ended."""
    await house.records.flush()
    found = await house.records.call(call_id)
    assert found is not None
    return found[0].outcome, found[0].end_reason


async def test_a_webhook_is_answered_with_a_stream_whose_token_is_good_once(desk: Desk) -> None:
    given = token(await desk.answer(form()))
    assert desk.redeem("guessed", "CA1") == "unknown"
    assert desk.redeem(given, "CA2") == "other call"
    assert desk.redeem(given, "CA1") is None
    assert desk.redeem(given, "CA1") == "reused"


async def test_a_call_lives_from_its_stream_to_its_end_and_is_recorded(desk: Desk, house: House) -> None:
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    assert (len(house.calls), house.counts.live.value()) == (1, 1)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await asyncio.wait_for(stream, 10)
    assert (len(house.calls), house.counts.live.value()) == (0, 0)
    assert house.counts.calls.value(outcome="completed") == 1
    assert await record(house) == ("completed", "completed")
    assert "<Hangup />" in await desk.answer(form())


async def test_a_record_says_by_which_version_of_which_file_a_call_was_answered(desk: Desk, house: House) -> None:
    await desk.answer(form())
    stream = connected(desk, Wire())
    await asked(house)
    await desk.end_all()
    await asyncio.wait_for(stream, 10)
    await house.records.flush()
    found = await house.records.call("CA1")
    assert found is not None
    (loaded,) = house.dialplans.plans
    assert (found[0].dialplan_file, found[0].dialplan_version) == (loaded.file.name, loaded.version)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """Level, text and call of each line in the log."""
    return [(one.levelname, one.getMessage(), one.__dict__.get("call_id", "")) for one in caplog.records]


async def test_the_log_tells_of_a_call_from_its_arrival_to_its_end(
    desk: Desk, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "appliance")
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await asyncio.wait_for(stream, 10)
    await desk.answer(form())
    assert told(caplog) == [
        ("INFO", "a call comes in", "CA1"),
        ("INFO", "a call is answered", "CA1"),
        ("INFO", "a call is over", "CA1"),
    ]
    first = caplog.records[0].__dict__
    assert (first["called"], first[PERSONAL]) == ("+15555550100", {"caller": "+15550100199"})


async def test_the_log_tells_of_calls_that_were_not_taken_and_why(
    desk: Desk, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.answer(form("CA1", "+15550000000"))
    house.draining = True
    await desk.answer(form("CA2"))
    assert told(caplog) == [
        ("WARNING", "no dialplan answers the number that was called", "CA1"),
        ("WARNING", "a call was not taken: the appliance is full, or stops", "CA2"),
    ]


async def test_a_call_whose_stream_never_came_is_worth_one_line(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.answer(form())
    await desk.carrier_ended("CA1")
    await desk.carrier_ended("CA1")
    assert told(caplog) == [("WARNING", "the carrier ended a call that never got its stream", "CA1")]


async def test_a_call_that_gets_no_stream_to_last_is_given_up_with_one_line(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    while STREAM in await desk.answer(form()):
        pass
    await desk.answer(form())
    await desk.carrier_ended("CA1")
    assert told(caplog) == [("WARNING", "a call is given up: no stream of it lasts", "CA1")]


async def test_a_caller_who_hangs_up_has_abandoned_the_call(desk: Desk, house: House) -> None:
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    wire.says({"event": "stop"})
    await asyncio.wait_for(stream, 10)
    assert await record(house) == ("abandoned", "the caller hung up")


async def test_a_lost_stream_leaves_the_call_alive_for_another_one(desk: Desk, house: House) -> None:
    await desk.answer(form())
    first, second = Wire(), Wire()
    stream = connected(desk, first)
    await asked(house)
    first.says(None)
    await asyncio.wait_for(stream, 10)
    assert len(house.calls) == 1
    assert STREAM in await desk.answer(form())
    again = connected(desk, second)
    await until(lambda: "media" in second.events())
    second.says({"event": "stop"})
    await asyncio.wait_for(again, 10)
    assert await record(house) == ("abandoned", "the caller hung up")


async def test_a_stream_that_never_comes_back_ends_the_call(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "COME_BACK_SECS", 0)
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    await until(lambda: len(house.calls) == 0)
    assert await record(house) == ("abandoned", "the stream was lost: the socket closed")


async def test_the_carriers_word_that_a_call_is_over_ends_one_whose_stream_is_lost(desk: Desk, house: House) -> None:
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    await desk.carrier_ended("CA1")
    assert len(house.calls) == 1
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    await desk.carrier_ended("CA1")
    await desk.carrier_ended("never heard of")
    assert await record(house) == ("abandoned", "the caller hung up")


async def test_a_stream_that_is_lost_too_often_ends_the_call_with_the_answer(desk: Desk, house: House) -> None:
    answers = [await desk.answer(form())]
    while STREAM in answers[-1]:
        wire = Wire()
        stream = connected(desk, wire)
        await asked(house)
        wire.says(None)
        await asyncio.wait_for(stream, 10)
        answers.append(await desk.answer(form()))
    assert (len(answers), APOLOGY in answers[-1]) == (5, True)
    await until(lambda: len(house.calls) == 0)
    assert await record(house) == ("failed", "the stream was lost too often")


async def test_a_carrier_that_asks_before_we_know_that_its_stream_is_lost_is_made_to_wait_a_moment(
    desk: Desk, house: House
) -> None:
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    answer = asyncio.create_task(desk.answer(form()))
    await asyncio.sleep(0)
    assert not answer.done()
    wire.says(None)
    assert STREAM in await answer
    await asyncio.wait_for(stream, 10)
    known = desk._known["CA1"]
    assert len(known.state.reconnected_at) == 1
    await desk.carrier_ended("CA1")


async def test_a_new_stream_takes_the_place_of_one_that_still_seems_to_live(desk: Desk, house: House) -> None:
    await desk.answer(form())
    old, new = Wire(), Wire()
    first = connected(desk, old)
    await asked(house)
    second = connected(desk, new)
    await asyncio.wait_for(first, 10)
    await until(lambda: "media" in new.events())
    assert len(house.calls) == 1
    new.says({"event": "stop"})
    await asyncio.wait_for(second, 10)


async def test_with_rest_a_wanted_end_is_asked_of_the_carrier_which_then_closes_the_stream(house: House) -> None:
    api = Api()
    desk = Desk(house, api)
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await until(lambda: bool(api.asked))
    assert not stream.done()
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    assert api.asked == [("hang up", "CA1", "")]


async def test_when_time_is_up_everybody_is_apologised_to_and_passed_on(desk: Desk, house: House) -> None:
    await desk.answer(form())
    stream = connected(desk, Wire())
    await asked(house)
    await desk.end_all()
    await asyncio.wait_for(stream, 10)
    assert APOLOGY in await desk.answer(form())
    assert await record(house) == ("failed", "appliance stops")


async def test_a_house_that_is_full_or_stops_takes_no_new_calls(desk: Desk, house: House) -> None:
    house.draining = True
    assert APOLOGY in await desk.answer(form())
    assert "not in service" not in await desk.answer(form("CA2", "+15550000000"))
    house.draining = False
    assert "not in service" in await desk.answer(form("CA3", "+15550000000"))


async def test_what_is_remembered_of_calls_is_bounded_and_live_ones_stay(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "MOST_REMEMBERED", 3)
    await desk.answer(form("CA1"))
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    for number in range(2, 10):
        await desk.answer(form(f"CA{number}"))
    assert list(desk._known) == ["CA1", "CA8", "CA9"]
    wire.says({"event": "stop"})
    await asyncio.wait_for(stream, 10)
