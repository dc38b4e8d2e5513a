from pathlib import Path

from appliance.call.keeping import Keeper
from tests.call.drawer import drawer


async def test_a_keeper_takes_sound_and_says_whether_it_could_be_kept(tmp_path: Path) -> None:
    async with drawer(tmp_path) as keeper:
        a_keeper: Keeper = keeper
        writer = a_keeper.begin({"call_id": "CA1", "name": "message-1", "started_at": 0.0})
        writer.write(bytes(320))
        assert await a_keeper.keep(writer, ended_by="key") is True
        assert keeper.kept[0]["ended_by"] == "key"
