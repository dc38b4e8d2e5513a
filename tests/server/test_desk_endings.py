import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.server.desk import Desk
from appliance.server.house import House
from tests.call.lines import Wire
from tests.server.houses import Api, form, opened
from tests.server.test_desk import asked, connected, record, until


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as one:
        yield one


async def ringing(desk: Desk, house: House) -> tuple[Wire, "asyncio.Task[None]"]:
    await desk.answer(form())
    wire = Wire()
    stream = connected(desk, wire)
    await asked(house)
    return wire, stream


async def test_a_status_callback_that_overtakes_the_stop_does_not_turn_a_hang_up_of_ours_into_the_callers(
    house: House,
) -> None:
    api = Api()
    desk = Desk(house, api)
    wire, stream = await ringing(desk, house)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await until(lambda: bool(api.asked))
    await desk.carrier_ended("CA1")
    wire.says({"event": "stop"})
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    assert await record(house) == ("completed", "completed")


async def test_an_api_that_fails_in_a_way_of_its_own_leaves_no_call_behind(house: House) -> None:
    class Broken(Api):
        async def hang_up(self, call_id: str) -> None:
            raise ValueError("not a carrier's error")

    desk = Desk(house, Broken())
    wire, stream = await ringing(desk, house)
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    with pytest.raises(ValueError, match=r"^not a carrier's error$"):
        await asyncio.wait_for(stream, 10)
    assert (len(house.calls), await record(house)) == (0, ("completed", "completed"))


async def test_a_carrier_is_owed_an_answer_until_it_has_asked(house: House) -> None:
    desk = Desk(house, None)
    wire, stream = await ringing(desk, house)
    assert not desk.owes_answers
    wire.says({"event": "dtmf", "dtmf": {"digit": "1"}})
    await asyncio.wait_for(stream, 10)
    assert desk.owes_answers
    await desk.answer(form())
    assert not desk.owes_answers


async def test_a_caller_who_hung_up_is_owed_nothing(house: House) -> None:
    desk = Desk(house, None)
    wire, stream = await ringing(desk, house)
    wire.says({"event": "stop"})
    await asyncio.wait_for(stream, 10)
    assert not desk.owes_answers


async def test_a_house_that_closes_leaves_no_record_open(house: House) -> None:
    desk = Desk(house, None)
    wire, stream = await ringing(desk, house)
    await desk.close()
    assert (len(house.calls), await record(house)) == (0, ("failed", "the appliance stopped"))
    wire.says(None)
    await asyncio.wait_for(stream, 10)
    assert await record(house) == ("failed", "the appliance stopped")
