"""Keeps the sound of calls: into its place, into the records, to those who are to be told; whatever stops in between.

The note beside each sound lies there until all that is done, and at the next start it is done for what was left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from appliance.audio.wav import read_wav
from appliance.clock import WallClock, wall
from appliance.errors import EngineError
from appliance.records import About, CallRecord, RecordStore, SoundRecord, Sounds, SoundWriter
from appliance.records.outbox import Notice
from appliance.redaction import Redactor
from appliance.server.notices.content import notices_of
from appliance.speech.base import Transcriber, Transcript

log = logging.getLogger(__name__)

TRANSCRIPT_SECS = 60.0
"""How long an engine may take to write down a message; nobody waits on the line for it."""
CLOSE_SECS = 10.0
EXPIRE_SECS = 3600.0
PIECE_BYTES = 16_000


class SoundKeeper:
    """See Keeper. ``post`` takes notices, ``redactor`` is that of a dialplan's name and a caller's number."""

    def __init__(
        self,
        sounds: Sounds,
        records: RecordStore,
        post: Callable[[Iterable[Notice]], Awaitable[None]],
        transcriber: Transcriber,
        redactor: Callable[[str, str], Redactor],
        clock: WallClock = wall,
    ) -> None:
        self._sounds = sounds
        self._records = records
        self._post = post
        self._transcriber = transcriber
        self._redactor = redactor
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, about: About, channels: int = 1) -> SoundWriter:
        """See Keeper."""
        return self._sounds.begin(about, channels)

    def keep(self, writer: SoundWriter, **known: Any) -> asyncio.Future[bool]:
        """See Keeper."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._start(self._finish(writer, known, kept))
        return kept

    def take_over(self, left: Iterable[About]) -> None:
        """What an earlier process has left behind."""
        for about in left:
            log.warning("sound of an earlier run is taken over", extra={"call_id": about["call_id"]})
            self._start(self._hand_over(about))

    async def clean_up(self) -> None:
        """Deletes what is too old, now and every hour; until it is cancelled."""
        while True:
            if deleted := await self._sounds.expire(self._clock()):
                log.info("%d sounds were old enough to be deleted", deleted)
            await asyncio.sleep(EXPIRE_SECS)

    async def close(self) -> None:
        """Waits for what is under way; what takes too long is done at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECS)
        for task in self._tasks:
            task.cancel()
        await self._sounds.close()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work, name="sound")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a sound is not handed over; the next start tries again", exc_info=error)

    async def _finish(self, writer: SoundWriter, known: dict[str, Any], kept: asyncio.Future[bool]) -> None:
        about = await writer.finish(**known)
        if not kept.cancelled():
            kept.set_result(about is not None and writer.failed is None)
        if about is not None:
            await self._hand_over(about)

    async def _hand_over(self, about: About) -> None:
        if about.get("transcribe"):
            about["transcript"] = await self._transcript(about)
        if await self._records.call(about["call_id"]) is None:
            self._records.put(_call_of(about))
        self._records.put(
            SoundRecord(
                about["call_id"],
                about["name"],
                about["started_at"],
                round(about["secs"], 3),
                about["ended_by"],
                about.get("transcript"),
            )
        )
        await self._records.flush()
        await self._post(notices_of(about))
        await self._sounds.handed_over(about)

    async def _transcript(self, about: About) -> str | None:
        """What was said, masked as everything else that is said; None where no engine could tell."""
        path = self._sounds.path(about["call_id"], about["name"])
        try:
            async with asyncio.timeout(TRANSCRIPT_SECS):
                text = await self._understood(path, about.get("language", "en"))
        except (EngineError, TimeoutError, OSError, ValueError) as error:
            log.warning("a message has no transcript: %s", error, extra={"call_id": about["call_id"]})
            return None
        return self._redactor(about["dialplan"], about["caller"]).mask(text) or None

    async def _understood(self, path: Path, language: str) -> str:
        pcm = (await asyncio.to_thread(read_wav, path)).pcm
        transcription = self._transcriber.transcribe(language=language)
        try:
            for start in range(0, len(pcm), PIECE_BYTES):
                transcription.send(pcm[start : start + PIECE_BYTES])
                await asyncio.sleep(0)
            transcription.finish()
            finals = [one.text async for one in transcription.results() if isinstance(one, Transcript) and one.final]
        finally:
            await transcription.close()
        return " ".join(finals).strip()


def _call_of(about: About) -> CallRecord:
    """Of a call that was cut off before it was in the records at all."""
    return CallRecord(
        about["call_id"], "", about["caller"], about["called"], about["dialplan"], about["started_at"], outcome="failed"
    )
