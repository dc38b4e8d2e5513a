"""Callers who are with somebody else: for how long their dialogue waits, and what their records say."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.dialplan.transfer import Transfer
from appliance.frames import TransferFrame
from appliance.server import transfers as module
from appliance.server.desk import Desk
from appliance.server.house import House
from tests.call.lines import Wire
from tests.server.houses import Api, form, opened
from tests.server.test_desk import asked, connected, until

NUMBER = "+15555550177"
BUSY = {"CallStatus": "in-progress", "DialCallStatus": "busy"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, limits={"max_calls": 2}) as one:
        yield one


async def handed_over(desk: Desk, house: House, call_id: str = "CA1", transfer: Transfer | None = None) -> Wire:
    """A caller who is on the way to somebody else."""
    await desk.answer(form(call_id))
    wire = Wire()
    stream = connected(desk, wire, call_id)
    await asked(house, call_id)
    call = house.calls.get(call_id)
    assert call is not None
    call.task.post_frame(TransferFrame(transfer or Transfer(NUMBER)))
    await until(lambda: house.calls.get(call_id) is None)
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    return wire


async def record(house: House, call_id: str = "CA1") -> tuple[str | None, list[str | None]]:
    """How the call ended, and what came of its transfers."""
    await house.records.flush()
    found = await house.records.call(call_id)
    assert found is not None
    return found[0].outcome, [one["result"] for one in found[0].metadata.get("transfers", [])]


async def test_a_caller_who_is_handed_over_counts_no_more_and_is_waited_for(house: House) -> None:
    desk = Desk(house, None)
    await handed_over(desk, house)
    assert (len(house.calls), await record(house)) == (0, (None, [None]))
    document = await desk.answer(form())
    assert f">{NUMBER}</Number></Dial>" in document
    assert desk.owes_answers
    assert "<Stream" in await desk.answer(form() | BUSY)
    wire = Wire()
    stream = connected(desk, wire)
    await until(lambda: "media" in wire.events())
    assert (len(house.calls), desk.owes_answers) == (1, False)
    wire.says({"event": "stop"})
    await asyncio.wait_for(stream, 10)
    assert await record(house) == ("abandoned", ["busy"])


async def test_without_any_news_somebody_must_have_the_caller_and_late_news_still_count(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATE_SECS", -5.0)
    desk = Desk(house, None)
    await handed_over(desk, house, transfer=Transfer(NUMBER, 5))
    await until(lambda: house.counts.calls.value(outcome="transferred") == 1)
    assert await record(house) == ("transferred", [None])
    ended = {"CallStatus": "in-progress", "DialCallStatus": "completed", "DialCallDuration": "300"}
    assert "<Hangup />" in await desk.answer(form() | ended)
    assert await record(house) == ("transferred", ["answered"])


async def test_an_answer_is_believed_when_it_has_lasted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWERED_SECS", 0.0)
    desk = Desk(house, None)
    await handed_over(desk, house)
    await desk.answer(form())
    desk.person_answered("CA1")
    assert not desk.owes_answers
    await until(lambda: house.counts.calls.value(outcome="transferred") == 1)
    assert await record(house) == ("transferred", ["answered"])


async def test_who_rings_no_more_and_is_not_asked_for_has_hung_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_SECS", 0.0)
    desk = Desk(house, None)
    await handed_over(desk, house)
    desk.person_rang_out("CA1")
    await until(lambda: house.counts.calls.value(outcome="abandoned") == 1)
    assert await record(house) == ("abandoned", ["caller-left"])


async def test_a_caller_who_does_not_come_back_has_hung_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COME_BACK_SECS", 0.0)
    desk = Desk(house, None)
    await handed_over(desk, house)
    await desk.answer(form() | BUSY)
    await until(lambda: house.counts.calls.value(outcome="abandoned") == 1)
    assert await record(house) == ("abandoned", ["busy"])


async def test_of_too_many_the_oldest_is_not_waited_for_any_more(house: House) -> None:
    desk = Desk(house, None)
    for number in (1, 2, 3):
        await handed_over(desk, house, f"CA{number}")
    await until(lambda: house.counts.calls.value(outcome="transferred") == 1)
    assert [(await record(house, f"CA{number}"))[0] for number in (1, 2, 3)] == ["transferred", None, None]


async def test_a_house_that_stops_closes_the_records_of_those_who_are_away(house: House) -> None:
    desk = Desk(house, None)
    await handed_over(desk, house)
    await desk.close()
    assert await record(house) == ("transferred", [None])


async def test_a_dialogue_that_broke_meanwhile_leaves_the_caller_to_the_fallback(house: House) -> None:
    desk = Desk(house, None)
    await handed_over(desk, house)
    away = desk.transfers.away("CA1")
    assert away is not None
    await away.call.task.cancel(reason="broken")
    await until(lambda: away.call.is_over)
    document = await desk.answer(form() | BUSY)
    assert "<Say>We have a technical problem.</Say><Dial" in document
    await until(lambda: house.counts.calls.value(outcome="failed") == 1)


async def test_over_rest_the_carrier_is_told_and_closes_the_stream_itself(house: House) -> None:
    api = Api()
    await handed_over(Desk(house, api), house, transfer=Transfer("queue:support"))
    [(what, call_id, document)] = api.asked
    assert (what, call_id) == ("redirect", "CA1")
    assert ">support</Enqueue>" in document


async def test_who_waits_for_a_person_of_whom_nothing_is_heard_is_brought_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATE_SECS", -1000.0)
    monkeypatch.setattr(module, "STOP_SECS", 0.1)
    twilio = {"account_sid": "AC" + "5" * 32, "auth_token": "t0ken"}
    async with opened(tmp_path, twilio=twilio) as house:
        api = Api()
        desk = Desk(house, api)
        await handed_over(desk, house, transfer=Transfer(NUMBER, 5, "Ann."))
        await until(lambda: len(api.asked) > 1 and "<Stream" in api.asked[-1][2])
        assert await record(house) == (None, ["no-answer"])
