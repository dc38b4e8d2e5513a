"""A WAV file that grows while somebody speaks: 16-bit PCM at 8 kHz. Whatever was written survives a crash.

It is written beside its place, as ``.part``; what a killed process has left there is made whole by ``finished``.
"""

import os
import struct
from pathlib import Path

RATE_HZ = 8000
SAMPLE_BYTES = 2
PART = ".part"

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
"""RIFF, its size, WAVE, fmt, its size, PCM, channels, rate, bytes a second, bytes a frame, bits, data, its size."""


class SoundFile:
    """A file that is being written; everything here may wait for the disk and raise OSError."""

    def __init__(self, path: Path, channels: int) -> None:
        self._part = part_of(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self._part.open("xb")
        self._file.write(_header(channels, 0))

    def write(self, pcm: bytes) -> None:
        """Appends sound, interleaved where there are two channels."""
        self._file.write(pcm)
        self._file.flush()

    def close(self) -> None:
        """Nothing more comes; it is still a part."""
        self._file.close()

    def discard(self) -> None:
        """It is not to be kept."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where a file is while it is written."""
    return path.with_suffix(PART)


def finished(path: Path) -> float:
    """Makes the part that belongs to ``path`` a whole file in its place; its seconds. Raises OSError."""
    part = part_of(path)
    with part.open("r+b") as file:
        start = file.read(_HEADER.size)
        channels = _HEADER.unpack(start)[6] if len(start) == _HEADER.size else 1
        frame_bytes = SAMPLE_BYTES * channels
        size = max(0, part.stat().st_size - _HEADER.size) // frame_bytes * frame_bytes
        file.seek(0)
        file.write(_header(channels, size))
        file.truncate(_HEADER.size + size)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return size / (frame_bytes * RATE_HZ)


def _header(channels: int, size: int) -> bytes:
    frame_bytes = SAMPLE_BYTES * channels
    riff = (b"RIFF", _HEADER.size - 8 + size, b"WAVE")
    form = (b"fmt ", 16, 1, channels, RATE_HZ, RATE_HZ * frame_bytes, frame_bytes, 8 * SAMPLE_BYTES)
    return _HEADER.pack(*riff, *form, b"data", size)
