"""The recorded prompts of one directory: each read once, and again when it is asked for whether it has changed."""

import asyncio
import logging
from pathlib import Path

from appliance.audio.wav import mono_8k, read_wav
from appliance.errors import EngineError

log = logging.getLogger(__name__)


class Recordings:
    """WAV files by name, as the telephone plays them: 16-bit PCM, mono, 8 kHz."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, bytes] = {}

    async def load(self, name: str) -> bytes:
        """A file's sound. Raises EngineError naming one that is missing, is no WAV, or lies elsewhere."""
        folder = self._directory.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise EngineError(f'The recorded prompt "{name}" lies outside the directory of prompts.')
        if path not in self._read:
            self._read[path] = await asyncio.to_thread(_read, path)
        return self._read[path]

    async def refresh(self) -> None:
        """Takes what has changed; what cannot be played stays as it was."""
        for path in list(self._read):
            try:
                self._read[path] = await asyncio.to_thread(_read, path)
            except EngineError as error:
                log.error("%s It stays as it was.", error)


def _read(path: Path) -> bytes:
    try:
        return mono_8k(read_wav(path))
    except OSError as error:
        raise EngineError(f"The recorded prompt {path} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise EngineError(f"The recorded prompt cannot be played: {error}.") from None
