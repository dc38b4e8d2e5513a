"""What keeps sound in a house, from its start to its end."""

from pathlib import Path

import pytest

from appliance.errors import StartError
from appliance.records import RecordStore, sqlite_url
from appliance.records.outbox import Notice
from appliance.redaction import Redactor
from appliance.server.kept import keeping
from appliance.settings import Settings
from appliance.speech.canned import CannedTranscriber


async def test_a_house_that_stops_hands_over_what_it_has_and_the_next_one_finds_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    about = {"call_id": "CA1", "name": "message-1", "number": 1, "started_at": 1.0, "dialplan": "Plan"}
    about |= {"caller": "", "called": "+1"}
    async with keeping(settings, store, CannedTranscriber("yes"), lambda *_: Redactor(), "http://x") as kept:
        writer = kept.keeper.begin(about)
        writer.write(bytes(16_000))
        kept.keeper.keep(writer, ended_by="the appliance stopped")
        await kept.postman.post([Notice("1", "office@example.com", about)])
    assert [sound.ended_by for sound in (await store.sounds("CA1"))["CA1"]] == ["the appliance stopped"]
    async with keeping(settings, store, CannedTranscriber("yes"), lambda *_: Redactor(), "http://x") as kept:
        assert await kept.sounds.open() == []
    await store.close()


async def test_a_directory_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("in the way")
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    with pytest.raises(StartError, match=r"/recordings cannot be used for sound: File exists$"):
        async with keeping(
            Settings(data_dir=tmp_path), store, CannedTranscriber("yes"), lambda *_: Redactor(), "http://x"
        ):
            pass
    await store.close()
