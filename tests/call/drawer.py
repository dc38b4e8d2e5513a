"""Where a test's calls put their sound: real files, and a list of what is known of each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from appliance.audio.wav import Wav, read_wav
from appliance.records import About, Sounds, SoundWriter
from appliance.settings import RecordingSettings


class Drawer:
    """A keeper without records and notices."""

    def __init__(self, sounds: Sounds) -> None:
        self.sounds = sounds
        self.kept: list[About] = []
        self._tasks: set[asyncio.Task[bool]] = set()

    def begin(self, about: About, channels: int = 1) -> SoundWriter:
        """See Keeper."""
        return self.sounds.begin(about, channels)

    def keep(self, writer: SoundWriter, **known: Any) -> "asyncio.Future[bool]":
        """See Keeper."""
        task = asyncio.create_task(self._keep(writer, known))
        self._tasks.add(task)
        return task

    async def _keep(self, writer: SoundWriter, known: dict[str, Any]) -> bool:
        about = await writer.finish(**known)
        if about is not None:
            self.kept.append(about)
        return about is not None and writer.failed is None

    async def settled(self) -> None:
        """Waits until all is on the disk."""
        await asyncio.gather(*self._tasks)

    def heard(self, about: About) -> Wav:
        """What is in a file."""
        return read_wav(self.sounds.path(about["call_id"], about["name"]))

    @property
    def files(self) -> list[str]:
        """Everything that lies there."""
        return sorted(file.name for file in self.sounds.path("CA1", "x").parent.glob("*"))


@asynccontextmanager
async def drawer(tmp_path: Path, **settings: Any) -> AsyncIterator[Drawer]:
    """An open one."""
    sounds = Sounds(tmp_path / "recordings", RecordingSettings.model_validate(settings))
    await sounds.open()
    one = Drawer(sounds)
    try:
        yield one
    finally:
        await one.settled()
        await sounds.close()
