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


async def test_the_latest_messages_are_listed_for_those_who_may_hear_them(house: House) -> None:
    later = SoundRecord("CA2", "message-1", 204.0, 2.0, "key")
    for sound in (later, SoundRecord("CA2", "recording", 300.0, 2.0, "hang-up")):
        house.records.put(sound)
    status, told = await Pages(house).get("/api/messages", "admin")
    assert status == 200
    messages = [(one["call"]["call_id"], one["number"], one["secs"], one["call"]["caller"]) for one in told["messages"]]
    assert messages == [("CA2", 1, 2.0, "+1"), ("CA1", 1, 1.0, "+1")]
    assert len((await Pages(house).get("/api/messages?limit=1", "admin"))[1]["messages"]) == 1
    hidden = (await Pages(house).get("/api/messages", "ear"))[1]["messages"]
    assert [(one["call"]["caller"], one["transcript"]) for one in hidden] == [
        ("[number]", None),
        ("[number]", SOUND.transcript),
    ]
    for role in ("viewer", "deaf"):
        assert await Pages(house).get("/api/messages", role) == (200, {"messages": []})
    assert (await Pages(house).get("/api/messages", "admin", ("Other",)))[1] == {"messages": []}


@pytest.mark.parametrize("limit", ["0", "501", "many", "-1", ""])
async def test_a_limit_that_is_none_is_told(house: House, limit: str) -> None:
    assert (await Pages(house).get(f"/api/messages?limit={limit}", "admin"))[0] == 400


async def test_nobody_lists_messages_without_a_token(house: House) -> None:
    assert (await Pages(house).get_without("/api/messages"))[0] == 401
