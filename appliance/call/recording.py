"""Records a whole call: what the caller's line carried, and beside it what the caller was hearing of the bot.

The caller's audio is the clock. What the bot says is given to the carrier long before it is heard, so it waits here
as it does there: as much of it is taken as the caller's line brings, and a clear empties what waits. Gaps on the line
(it was lost, or the caller was with somebody else) are filled with silence by the real clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.audio import _audioop as audioop
from appliance.audio.wav import interleave
from appliance.call.keeping import Keeper
from appliance.call.transports import CarrierTransport
from appliance.clock import Clock, WallClock, monotonic, wall
from appliance.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    RecordingAnnouncedFrame,
    RecordingPausedFrame,
    RecordingResumedFrame,
    StartFrame,
)
from appliance.pipeline import FrameDirection, FrameProcessor
from appliance.records import SoundWriter

BYTES_PER_SEC = 16_000
GAP_SECS = 1.0
"""So far the line may be behind the clock before that counts as a gap."""
MOST_FILLED_SECS = 600.0
"""More of a gap is left out: nobody listens to it."""
NAME = "recording"


class CallRecording(FrameProcessor):
    """Begins when the announcement has been heard; ``tell`` learns when sound is being kept, and when not."""

    handles = (
        StartFrame,
        RecordingAnnouncedFrame,
        RecordingPausedFrame,
        RecordingResumedFrame,
        EndFrame,
        CancelFrame,
    )

    def __init__(
        self,
        transport: CarrierTransport,
        keeper: Keeper,
        about: dict[str, Any],
        tell: Callable[[bool], None],
        *,
        announced: bool,
        stereo: bool = True,
        clock: Clock = monotonic,
        wall_clock: WallClock = wall,
    ) -> None:
        """``announced`` says that nobody has to be told before; ``about`` is what the file's note says of the call."""
        super().__init__(name="CallRecording")
        self._keeper = keeper
        self._about = about
        self._tell = tell
        self._stereo = stereo
        self._clock = clock
        self._wall_clock = wall_clock
        self._begins_at_once = announced
        self._has_begun = False
        self._paused = False
        self._writer: SoundWriter | None = None
        self._bot = bytearray()
        """What the carrier has still to play."""
        self._began_at = 0.0
        self._taken_secs = 0.0
        transport.input().recorders += (self._hear,)
        transport.output().recorder = self

    @property
    def is_due(self) -> bool:
        """Whether the caller has still to be told."""
        return not (self._has_begun or self._begins_at_once)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Begins, leaves out, goes on, ends."""
        match frame:
            case StartFrame() if self._begins_at_once:
                self._begin()
            case RecordingAnnouncedFrame():
                self._begin()
                return
            case RecordingPausedFrame() | RecordingResumedFrame():
                self._paused = isinstance(frame, RecordingPausedFrame)
                self._tell(self._writer is not None and not self._paused)
                return
            case EndFrame() | CancelFrame():
                self.stop()
        await self.push_frame(frame, direction)

    def play(self, pcm: bytes) -> None:
        """The carrier is given audio for the caller."""
        self._bot += pcm

    def clear(self) -> None:
        """The carrier drops what it has not played."""
        self._bot.clear()

    def stop(self) -> None:
        """The call is over: what was recorded is kept."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._tell(False)
        if writer.secs > 0:
            self._keeper.keep(writer, ended_by="hang-up")
        else:
            writer.discard()

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        about = {**self._about, "name": NAME, "started_at": self._wall_clock()}
        self._writer = self._keeper.begin(about, 2 if self._stereo else 1)
        self._began_at = self._clock()
        self._tell(not self._paused)

    def _hear(self, pcm: bytes) -> None:
        """The caller's audio, on the short way."""
        bot = bytes(self._bot[: len(pcm)])
        del self._bot[: len(pcm)]
        if self._writer is None:
            return
        if self._writer.failed is not None:
            self._tell(False)
            self.stop()
            return
        self._fill_gap(self._clock() - self._began_at - self._taken_secs)
        self._write(pcm, bot)

    def _fill_gap(self, behind_secs: float) -> None:
        if behind_secs <= GAP_SECS:
            return
        for _ in range(int(min(behind_secs, MOST_FILLED_SECS))):
            self._write(bytes(BYTES_PER_SEC), b"")
        self._taken_secs = self._clock() - self._began_at

    def _write(self, caller: bytes, bot: bytes) -> None:
        assert self._writer is not None
        self._taken_secs += len(caller) / BYTES_PER_SEC
        if self._paused:
            caller, bot = bytes(len(caller)), b""
        if self._stereo:
            self._writer.write(interleave(caller, bot))
        else:
            self._writer.write(audioop.add(caller, bot.ljust(len(caller), b"\0"), 2))
