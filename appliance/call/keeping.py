"""Who keeps a call's sound: what a call asks of the house."""

import asyncio
from typing import Any, Protocol

from appliance.records import About, SoundWriter


class Keeper(Protocol):
    """Keeps sound, and tells of it whoever is to know; outlives the calls."""

    def begin(self, about: About, channels: int = 1) -> SoundWriter:
        """Begins a file; returns at once."""

    def keep(self, writer: SoundWriter, **known: Any) -> "asyncio.Future[bool]":
        """The sound is whole: puts it into its place, into the records, and tells of it. Whether it could be kept."""
