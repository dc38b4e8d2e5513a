"""Sound on its way from a call to the records and to those who are told, on real files."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import EngineError
from appliance.records import CallRecord, RecordStore, SoundRecord, Sounds, sqlite_url
from appliance.records.outbox import Notice
from appliance.redaction import Redactor
from appliance.server.keeping import SoundKeeper
from appliance.settings import RecordingSettings
from appliance.speech.base import Transcriber
from appliance.speech.canned import CannedTranscriber

CALL = CallRecord("CA1", "twilio", "+15555550123", "+15555550100", "Practice", 1_800_000_000.0)
ABOUT = {
    "call_id": "CA1",
    "name": "message-1",
    "number": 1,
    "started_at": 1_800_000_004.0,
    "caller": "+15555550123",
    "called": "+15555550100",
    "dialplan": "Practice",
    "notify": ["office@example.com"],
    "transcribe": False,
}
KEPT = SoundRecord("CA1", "message-1", 1_800_000_004.0, 1.0, "silence")


class Broken:
    """An engine that hears nothing."""

    def transcribe(self, **_: Any) -> Any:
        raise EngineError("it is out of order")


class Office:
    """A keeper with all that is real but the post."""

    def __init__(self, directory: Path, store: RecordStore, ear: Transcriber | None = None) -> None:
        self.posted: list[Notice] = []
        self.store = store
        self.sounds = Sounds(directory / "recordings", RecordingSettings())
        masked = Redactor(["phone"])
        self.keeper = SoundKeeper(
            self.sounds, store, self._post, ear or CannedTranscriber("call 0 5 5 5 0 1 2 3 4"), lambda *_: masked
        )

    async def _post(self, notices: Iterable[Notice]) -> None:
        self.posted += notices

    async def leave(self, **about: Any) -> bool:
        """A message of a second."""
        writer = self.keeper.begin({**ABOUT, **about})
        writer.write(bytes(16_000))
        kept = await self.keeper.keep(writer, ended_by="silence")
        await asyncio.gather(*self.keeper._tasks)
        return kept

    @property
    def notes(self) -> list[str]:
        """What nobody has taken over yet."""
        return [file.name for file in self.sounds.path("CA1", "x").parent.glob("*.json")]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RecordStore]:
    store = RecordStore(sqlite_url(tmp_path))
    await store.open()
    store.put(CALL)
    yield store
    await store.close()


async def office(tmp_path: Path, store: RecordStore, ear: Transcriber | None = None) -> Office:
    one = Office(tmp_path, store, ear)
    one.keeper.take_over(await one.sounds.open())
    await asyncio.gather(*one.keeper._tasks)
    return one


async def test_a_message_is_in_the_records_and_told_before_its_note_goes(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store)
    assert await one.leave() is True
    assert await store.sounds("CA1") == {"CA1": [KEPT]}
    assert [(notice.to, notice.about["secs"]) for notice in one.posted] == [("office@example.com", 1.0)]
    assert one.notes == []
    await one.keeper.close()


async def test_what_was_not_handed_over_is_handed_over_by_the_next_run(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store)
    writer = one.keeper.begin(ABOUT)
    writer.write(bytes(16_000))
    await writer.finish(ended_by="silence")  # and killed before anything else
    assert one.notes == ["message-1.json"]
    again = await office(tmp_path, store)
    assert await store.sounds("CA1") == {"CA1": [KEPT]}
    assert ([notice.to for notice in again.posted], again.notes) == (["office@example.com"], [])
    for each in (one, again):
        await each.keeper.close()


async def test_a_message_of_a_call_that_no_record_knows_makes_one(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store)
    await one.leave(call_id="CA2")
    assert "CA2" in await store.sounds("CA2")
    found = await store.call("CA2")
    assert found is not None
    assert (found[0].dialplan, found[0].outcome) == ("Practice", "failed")
    await one.keeper.close()


async def test_what_was_said_is_written_down_and_masked(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store)
    await one.leave(transcribe=True)
    (kept,) = (await store.sounds("CA1"))["CA1"]
    assert kept.transcript is not None
    assert kept.transcript.startswith("call ")
    assert "5" not in kept.transcript
    assert one.posted[0].about["transcript"] == kept.transcript
    await one.keeper.close()


async def test_an_engine_that_fails_keeps_no_message_from_anybody(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store, Broken())
    await one.leave(transcribe=True)
    assert await store.sounds("CA1") == {"CA1": [KEPT]}
    assert len(one.posted) == 1
    await one.keeper.close()


async def test_what_cannot_be_written_is_said_to_the_call(tmp_path: Path, store: RecordStore) -> None:
    one = await office(tmp_path, store)
    one.sounds.path("CA1", "x").parent.write_text("in the way")
    assert await one.leave() is False
    assert one.posted == []
    await one.keeper.close()
