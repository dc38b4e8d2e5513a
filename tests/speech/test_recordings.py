"""Recorded prompts that change; what they are played for is in test_prompts.py."""

from pathlib import Path

import pytest

from appliance.audio.wav import write_wav
from appliance.speech.canned import babble
from appliance.speech.recordings import Recordings


async def test_a_file_that_has_changed_is_taken_when_that_is_asked_for(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    write_wav(tmp_path / "a.wav", babble(100), 8000)
    assert await recordings.load("a.wav") == babble(100)
    write_wav(tmp_path / "a.wav", babble(300), 8000)
    assert await recordings.load("a.wav") == babble(100)
    await recordings.refresh()
    assert await recordings.load("a.wav") == babble(300)


async def test_a_file_that_cannot_be_played_any_more_stays_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recordings = Recordings(tmp_path)
    for name in ("broken", "gone", "good"):
        write_wav(tmp_path / f"{name}.wav", babble(100), 8000)
        await recordings.load(f"{name}.wav")
    (tmp_path / "broken.wav").write_bytes(b"no WAV at all")
    (tmp_path / "gone.wav").unlink()
    write_wav(tmp_path / "good.wav", babble(200), 8000)
    await recordings.refresh()
    sounds = [await recordings.load(f"{name}.wav") for name in ("broken", "gone", "good")]
    assert sounds == [babble(100), babble(100), babble(200)]
    assert [record.getMessage() for record in caplog.records] == [
        f"The recorded prompt cannot be played: {tmp_path}/broken.wav: "
        "not a WAV file: it does not begin with RIFF and WAVE. It stays as it was.",
        f"The recorded prompt {tmp_path}/gone.wav cannot be read: No such file or directory. It stays as it was.",
    ]
