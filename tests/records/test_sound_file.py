from pathlib import Path

import pytest

from appliance.audio.wav import Wav, read_wav
from appliance.records.sound_file import SoundFile, finished, part_of

PCM = bytes(range(256)) * 10


@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_written_is_read_back_exactly(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "CA1" / "message-1.wav"
    file = SoundFile(path, channels)
    file.write(PCM[:1000])
    file.write(PCM[1000:])
    file.close()
    assert not path.exists()
    assert finished(path) == len(PCM) / (16_000 * channels)
    assert read_wav(path) == Wav(PCM, 8000, channels)
    assert not part_of(path).exists()


def test_a_part_that_a_crash_has_left_is_made_whole_up_to_its_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    SoundFile(path, 2).close()
    with part_of(path).open("ab") as torn:
        torn.write(PCM[:402])
    assert finished(path) == 100 / 8000
    assert read_wav(path) == Wav(PCM[:400], 8000, 2)


def test_a_part_with_half_a_header_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    part_of(path).write_bytes(b"RIFF")
    assert finished(path) == 0
    assert read_wav(path) == Wav(b"", 8000, 1)


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    file = SoundFile(tmp_path / "message-1.wav", 1)
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_begun_twice(tmp_path: Path) -> None:
    SoundFile(tmp_path / "message-1.wav", 1).close()
    with pytest.raises(FileExistsError):
        SoundFile(tmp_path / "message-1.wav", 1)
