"""The sound that is kept of calls: one directory per call, written by one thread, so that no call waits for a disk.

Beside each file lies a note (``.json``) with what is known of it, from its first moment until it has been handed over
to the records. What a killed process leaves behind is therefore found, made whole and handed over at the next start.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from appliance.records.sound_file import RATE_HZ, SAMPLE_BYTES, SoundFile, finished, part_of
from appliance.settings import RecordingSettings

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
PIECE_BYTES = 16_000
"""So much is gathered before the disk is asked: a second of one voice."""
MOST_WAITING_BYTES = 4 * MEGABYTE
"""What may wait for a slow disk, a call: minutes."""
NOTE, SOUND = ".json", ".wav"

Result = TypeVar("Result")

About = dict[str, Any]
"""What is known of a sound: at least ``call_id``, ``name`` and ``started_at``; ``secs`` once it is whole."""


class Sounds:
    """All sound below a directory. ``open`` before, ``close`` after."""

    def __init__(self, directory: Path, settings: RecordingSettings) -> None:
        self._directory = directory
        self._settings = settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sounds")
        self._used = 0

    async def open(self) -> list[About]:
        """Looks at what is there; what an earlier process could not hand over, oldest first. Raises OSError."""
        return await self.in_thread(self._left_over)

    async def close(self) -> None:
        """Writes what is still to be written."""
        await asyncio.to_thread(self._thread.shutdown)

    def begin(self, about: About, channels: int = 1) -> SoundWriter:
        """Begins a file; returns at once. Whether it can be written is told by ``SoundWriter.failed``."""
        return SoundWriter(self, about, channels)

    def path(self, call_id: str, name: str) -> Path:
        """Where a sound is kept, or would be."""
        folder = quote(call_id, safe="").replace(".", "%2E")
        return self._directory / folder / f"{name}{SOUND}"

    async def handed_over(self, about: Mapping[str, Any]) -> None:
        """The records know of it now: the note is not needed any more."""
        await self.in_thread(lambda: self._note(about).unlink(missing_ok=True))

    async def expire(self, now: float) -> int:
        """Deletes what is too old (``now`` in seconds since the epoch); how many files that were."""
        keep_secs = self._settings.keep_days * 86_400
        return await self.in_thread(lambda: self._delete_before(now - keep_secs)) if keep_secs else 0

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Does something in the writing thread, in order, and gives its result."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def submit(self, work: Callable[[], None]) -> None:
        """Does something in the writing thread, in order; what goes wrong there is its own business."""
        self._thread.submit(work)

    def take_room(self, size: int) -> None:
        """Counts what is about to be written. OSError where there is no room for it."""
        if self._used + size > self._settings.max_megabytes * MEGABYTE:
            raise OSError(errno.ENOSPC, f"recordings.max_megabytes ({self._settings.max_megabytes}) is reached")
        if shutil.disk_usage(self._directory).free - size < self._settings.min_free_megabytes * MEGABYTE:
            raise OSError(errno.ENOSPC, f"less than {self._settings.min_free_megabytes} MB are free on the disk")
        self._used += size

    def give_room(self, size: int) -> None:
        """It is gone again."""
        self._used -= size

    def write_note(self, about: Mapping[str, Any]) -> None:
        """Writes down what is known of a sound, all or nothing."""
        note = self._note(about)
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = note.with_suffix(".new")
        new.write_text(json.dumps(about), encoding="utf-8")
        new.rename(note)

    def _note(self, about: Mapping[str, Any]) -> Path:
        return self.path(about["call_id"], about["name"]).with_suffix(NOTE)

    def _left_over(self) -> list[About]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found: list[About] = []
        for note in sorted(self._files(NOTE), key=lambda file: file.stat().st_mtime):
            if (about := self._whole(note)) is not None:
                found.append(about)
        self._used = sum(file.stat().st_size for file in self._files(SOUND))
        return found

    def _whole(self, note: Path) -> About | None:
        """What an earlier process knew of a sound, which is in its place now; None where nothing was left of it."""
        path = note.with_suffix(SOUND)
        try:
            about: About = json.loads(note.read_text(encoding="utf-8"))
            if part_of(path).exists():
                about = {"ended_by": "the appliance stopped", **about, "secs": finished(path)}
                self.write_note(about)
        except (OSError, ValueError) as error:
            log.error("a sound that was being recorded cannot be made whole: %s", error)
            return None
        if not path.exists():
            note.unlink(missing_ok=True)
            return None
        return about

    def _files(self, suffix: str) -> Iterator[Path]:
        return (file for file in self._directory.glob(f"*/*{suffix}") if file.is_file())

    def _delete_before(self, at: float) -> int:
        old = [file for file in self._files(SOUND) if file.stat().st_mtime < at]
        old = [file for file in old if not file.with_suffix(NOTE).exists()]
        for file in old:
            self.give_room(file.stat().st_size)
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()
        return len(old)


class SoundWriter:
    """One sound as it comes in. Nothing here waits; ``failed`` says why it cannot be kept as it should."""

    def __init__(self, sounds: Sounds, about: About, channels: int) -> None:
        self.failed: str | None = None
        self._sounds = sounds
        self._about = about
        self._frame_bytes = SAMPLE_BYTES * channels
        self._taken = 0
        self._gathered = bytearray()
        self._waiting = 0
        self._file: SoundFile | None = None
        sounds.submit(lambda: self._try(lambda: self._open(channels)))

    @property
    def secs(self) -> float:
        """How much was taken."""
        return self._taken / (self._frame_bytes * RATE_HZ)

    def write(self, pcm: bytes) -> None:
        """Takes more, whole frames; after a failure it is dropped."""
        if self.failed is not None:
            return
        self._taken += len(pcm)
        self._gathered += pcm
        if len(self._gathered) >= PIECE_BYTES:
            self._pass_on()

    async def finish(self, **known: Any) -> About | None:
        """Nothing more comes: what is known of the sound once it is in its place; None if nothing could be kept."""
        self._pass_on()
        return await self._sounds.in_thread(lambda: self._finish(known))

    def discard(self) -> None:
        """It is not to be kept; returns at once."""
        self._gathered.clear()
        self._sounds.submit(lambda: self._try(self._discard))

    def _pass_on(self) -> None:
        piece = bytes(self._gathered)
        self._gathered.clear()
        if not piece:
            return
        self._waiting += len(piece)
        if self._waiting > MOST_WAITING_BYTES:
            self._fail("the disk is too slow")
            return
        self._sounds.submit(lambda: self._try(lambda: self._write(piece)))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self._fail(error.strerror or str(error))

    def _fail(self, why: str) -> None:
        if self.failed is None:
            self.failed = why
            log.error("a call's sound cannot be recorded: %s", why, extra={"call_id": self._about["call_id"]})

    def _open(self, channels: int) -> None:
        self._sounds.take_room(0)
        self._sounds.write_note(self._about)
        self._file = SoundFile(self._sounds.path(self._about["call_id"], self._about["name"]), channels)

    def _write(self, piece: bytes) -> None:
        self._waiting -= len(piece)
        if self._file is not None and self.failed is None:
            self._sounds.take_room(len(piece))
            self._file.write(piece)

    def _finish(self, known: Mapping[str, Any]) -> About | None:
        if self._file is None:
            return None
        about = self._about | dict(known)
        path = self._sounds.path(about["call_id"], about["name"])
        try:
            self._file.close()
            about["secs"] = finished(path)
            self._sounds.write_note(about)
        except OSError as error:
            self._fail(error.strerror or str(error))
            return about if path.exists() else None
        return about

    def _discard(self) -> None:
        if self._file is not None:
            self._file.discard()
            self._sounds.give_room(self._taken)
        self._sounds.path(self._about["call_id"], self._about["name"]).with_suffix(NOTE).unlink(missing_ok=True)
