"""The sound that is kept, on a real disk."""

import logging
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from appliance.audio.wav import Wav, read_wav
from appliance.records import Sounds
from appliance.records.sound_file import part_of
from appliance.records.sounds import MOST_WAITING_BYTES
from appliance.settings import RecordingSettings

ABOUT = {"call_id": "CA1", "name": "message-1", "started_at": 1.5}
PCM = bytes(range(256)) * 100


def of(directory: Path, **settings: Any) -> Sounds:
    return Sounds(directory / "recordings", RecordingSettings.model_validate(settings))


async def written(sounds: Sounds, about: dict[str, Any] = ABOUT, pcm: bytes = PCM) -> dict[str, Any] | None:
    writer = sounds.begin(about)
    for start in range(0, len(pcm), 320):
        writer.write(pcm[start : start + 320])
    return await writer.finish(ended_by="silence")


async def test_sound_is_kept_exactly_with_what_is_known_of_it(tmp_path: Path) -> None:
    sounds = of(tmp_path)
    assert await sounds.open() == []
    about = await written(sounds)
    assert about == {**ABOUT, "secs": len(PCM) / 16_000, "ended_by": "silence"}
    path = sounds.path("CA1", "message-1")
    assert read_wav(path) == Wav(PCM, 8000, 1)
    assert sorted(file.name for file in path.parent.iterdir()) == ["message-1.json", "message-1.wav"]
    await sounds.handed_over(about)
    assert [file.name for file in path.parent.iterdir()] == ["message-1.wav"]
    await sounds.close()


@pytest.mark.parametrize("call_id", ["CA1", "..", ".", "../../etc/passwd", "a/b", "a b"])
def test_no_call_s_name_leads_out_of_the_directory(tmp_path: Path, call_id: str) -> None:
    path = of(tmp_path).path(call_id, "message-1")
    assert path.resolve().parent.parent == (tmp_path / "recordings").resolve()


async def test_what_a_killed_process_has_recorded_is_found_at_the_next_start(tmp_path: Path) -> None:
    killed = of(tmp_path)
    await killed.open()
    writer = killed.begin(ABOUT)
    writer.write(PCM)
    await killed.in_thread(lambda: None)
    sounds = of(tmp_path)
    (about,) = await sounds.open()
    assert about == {**ABOUT, "secs": len(PCM) / 16_000, "ended_by": "the appliance stopped"}
    assert read_wav(sounds.path("CA1", "message-1")) == Wav(PCM, 8000, 1)
    assert await of(tmp_path).open() == [about], "nobody has taken it over yet"
    writer.discard()
    for one in (killed, sounds):
        await one.close()


async def test_what_was_whole_but_not_handed_over_is_found_as_it_was(tmp_path: Path) -> None:
    sounds = of(tmp_path)
    await sounds.open()
    about = await written(sounds)
    assert await of(tmp_path).open() == [about]
    await sounds.close()


async def test_discarded_sound_leaves_nothing_and_gives_its_room_back(tmp_path: Path) -> None:
    sounds = of(tmp_path, max_megabytes=1)
    await sounds.open()
    for _ in range(50):
        writer = sounds.begin(ABOUT)
        writer.write(PCM)
        writer.discard()
    await sounds.in_thread(lambda: None)
    assert writer.failed is None
    assert list(sounds.path("CA1", "message-1").parent.iterdir()) == []
    await sounds.close()


async def test_where_there_is_no_room_the_operator_is_told_once_and_what_was_written_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sounds = of(tmp_path, max_megabytes=1)
    await sounds.open()
    writer = sounds.begin(ABOUT)
    for _ in range(4):
        writer.write(bytes(400_000))
        await sounds.in_thread(lambda: None)
    assert writer.failed == "recordings.max_megabytes (1) is reached"
    about = await writer.finish()
    assert about is not None
    assert about["secs"] == 50.0
    assert [(line.levelno, line.message) for line in caplog.records] == [
        (logging.ERROR, "a call's sound cannot be recorded: recordings.max_megabytes (1) is reached")
    ]
    await sounds.close()


async def test_the_last_of_the_disk_is_left_free(tmp_path: Path) -> None:
    sounds = of(tmp_path, min_free_megabytes=10**9)
    await sounds.open()
    assert await written(sounds) is None
    writer = sounds.begin(ABOUT)
    await sounds.in_thread(lambda: None)
    writer.discard()
    assert writer.failed == "less than 1000000000 MB are free on the disk"
    await sounds.close()


async def test_a_directory_that_is_none_is_a_failure_and_no_error(tmp_path: Path) -> None:
    sounds = of(tmp_path)
    await sounds.open()
    sounds.path("CA1", "message-1").parent.write_text("in the way")
    assert await written(sounds) is None
    await sounds.close()


async def test_a_disk_that_is_too_slow_takes_no_memory_without_end(tmp_path: Path) -> None:
    sounds = of(tmp_path)
    await sounds.open()
    stuck = threading.Event()

    def wait() -> None:
        stuck.wait(20)

    sounds.submit(wait)
    writer = sounds.begin(ABOUT)
    for _ in range(MOST_WAITING_BYTES // 16_000 + 10):
        writer.write(bytes(16_000))
    assert writer.failed == "the disk is too slow"
    stuck.set()
    writer.discard()
    await sounds.close()


async def test_old_sound_is_deleted_with_its_directory_unless_nobody_has_taken_it_over(tmp_path: Path) -> None:
    sounds = of(tmp_path, keep_days=2)
    await sounds.open()
    for call, at in (("CA1", 100_000.0), ("CA2", 300_000.0), ("CA3", 100_000.0)):
        about = await written(sounds, {**ABOUT, "call_id": call})
        assert about is not None
        if call != "CA3":
            await sounds.handed_over(about)
        os.utime(sounds.path(call, "message-1"), (at, at))
    assert await sounds.expire(100_000 + 2 * 86_400 + 1) == 1
    left = {call for call in ("CA1", "CA2", "CA3") if sounds.path(call, "message-1").exists()}
    assert left == {"CA2", "CA3"}
    assert not sounds.path("CA1", "message-1").parent.exists()
    await sounds.close()


async def test_without_a_limit_nothing_is_deleted(tmp_path: Path) -> None:
    sounds = of(tmp_path, keep_days=0)
    await sounds.open()
    about = await written(sounds)
    assert about is not None
    await sounds.handed_over(about)
    assert await sounds.expire(1e12) == 0
    await sounds.close()


async def test_a_note_that_is_rubbish_is_told_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sounds = of(tmp_path)
    await sounds.open()
    about = await written(sounds)
    sounds.path("CA2", "message-1").parent.mkdir()
    sounds.path("CA2", "message-1").with_suffix(".json").write_text("{")
    sounds.path("CA3", "message-1").parent.mkdir()
    sounds.path("CA3", "message-1").with_suffix(".json").write_text("{}")
    assert await sounds.open() == [about]
    assert [line.message.split(":")[0] for line in caplog.records] == [
        "a sound that was being recorded cannot be made whole"
    ]
    assert not part_of(sounds.path("CA3", "message-1")).exists()
    await sounds.close()
