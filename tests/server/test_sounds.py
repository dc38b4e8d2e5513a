"""Who hears what was recorded."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.records import CallRecord, SoundRecord
from appliance.server.house import House
from tests.server.houses import opened
from tests.server.test_records import Pages

SOUND = SoundRecord("CA1", "message-1", 104.0, 1.0, "hang-up", "My card is 4111 1111 1111 1111.")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A call with a message, and one without."""
    async with opened(tmp_path, roles={"deaf": {"sees": ["numbers"]}, "ear": {"sees": ["recordings"]}}) as house:
        for number in (1, 2):
            house.records.put(CallRecord(f"CA{number}", "twilio", "+1", "+2", "Plan", 100.0))
        house.records.put(SOUND)
        writer = house.kept.keeper.begin({"call_id": "CA1", "name": "message-1", "started_at": 104.0})
        writer.write(bytes(16_000))
        about = await writer.finish()
        assert about is not None
        await house.kept.sounds.handed_over(about)
        await house.records.flush()
        yield house


PATH = "/api/calls/CA1/messages/1"


async def test_who_sees_recordings_hears_a_message(house: House) -> None:
    status, sound = await Pages(house).get(PATH, "ear")
    assert (status, sound[:4], len(sound)) == (200, "RIFF", 44 + 16_000)


@pytest.mark.parametrize(
    ("path", "role", "dialplans", "status"),
    [
        (PATH, "viewer", (), 403),
        (PATH, "deaf", (), 403),
        (PATH, "admin", ("Other",), 404),
        ("/api/calls/CA1/messages/2", "admin", (), 404),
        ("/api/calls/CA1/recording", "admin", (), 404),
        ("/api/calls/CA3/messages/1", "admin", (), 404),
        ("/api/calls/..%2F..%2Frecords.db/messages/1", "admin", (), 404),
    ],
)
async def test_nobody_else_does(house: House, path: str, role: str, dialplans: tuple[str, ...], status: int) -> None:
    assert (await Pages(house).get(path, role, dialplans))[0] == status


async def test_without_a_token_nobody_is_told_anything(house: House) -> None:
    assert (await Pages(house).get_without(PATH))[0] == 401


async def test_a_call_tells_of_its_messages_to_those_who_may_hear_them(house: House) -> None:
    status, call = await Pages(house).get("/api/calls/CA1", "admin")
    assert (status, call["recording"]) == (200, None)
    assert call["messages"] == [
        {
            "number": 1,
            "started_at": 104.0,
            "secs": 1.0,
            "ended_by": "hang-up",
            "transcript": "My card is 4111 1111 1111 1111.",
        }
    ]
    assert (await Pages(house).get("/api/calls/CA2", "admin"))[1]["messages"] == []
    assert "messages" not in (await Pages(house).get("/api/calls/CA1", "deaf"))[1]
