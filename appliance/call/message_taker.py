"""Records the message that a caller leaves: from the beep, or from the first word over it, to silence, key or end.

It stands behind the output, where a TakeMessageFrame comes once everything before has been heard, or was cut off.
Time is counted in the caller's audio, so that a message is as long as what was recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from appliance.audio.tones import beep
from appliance.audio.vad import VADState
from appliance.call.keeping import Keeper
from appliance.call.transports import CarrierTransport
from appliance.clock import WallClock, wall
from appliance.frames import (
    FAILED,
    LINE_LOST,
    NOT_ANNOUNCED,
    TAKEN_OVER,
    BotStartedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    LineBackFrame,
    LineLostFrame,
    MessageTakenFrame,
    MessageWaitsFrame,
    TakeMessageFrame,
    TakeOverFrame,
    TimerFrame,
    UserStartedSpeakingFrame,
    WantedMessage,
)
from appliance.pipeline import FrameDirection, FrameProcessor
from appliance.records import SoundWriter

BYTES_PER_SEC = 16_000
BEEP = beep(0.4)
BEFORE_SECS = 3.0
"""Of a caller who is already speaking, so much is recorded from before the recording began."""
KEEP_SECS = 2.0
"""How long the caller waits for the disk at the end; what it says later is only logged."""
_BEEP_OVER, _OVER = "beep over", "message over"
HANG_UP = "hang-up"


class MessageTaker(FrameProcessor):
    """Takes messages, one after the other; ``tell`` learns when one is being recorded, and when no more."""

    handles = (
        TakeMessageFrame,
        MessageWaitsFrame,
        InterruptionFrame,
        BotStartedSpeakingFrame,
        InputDTMFFrame,
        UserStartedSpeakingFrame,
        TimerFrame,
        LineLostFrame,
        LineBackFrame,
        TakeOverFrame,
        EndFrame,
        CancelFrame,
    )

    def __init__(
        self,
        transport: CarrierTransport,
        keeper: Keeper | None,
        about: dict[str, Any],
        tell: Callable[[bool], None] = lambda on: None,
        clock: WallClock = wall,
    ) -> None:
        """``about`` is what the note of each message says of the call, its ``call_id`` at least."""
        super().__init__(name="MessageTaker")
        self._input = transport.input()
        self._output = transport.output()
        self._keeper = keeper
        self._about = about
        self._tell = tell
        self._clock = clock
        self._number = 0
        self._line_lost = False
        self._cut_by_voice = False
        """Whether the caller has just spoken over the bot."""
        self._unheard = ""
        """What the caller did not hear of what the bot was saying then."""
        self._wanted: WantedMessage | None = None
        self._writer: SoundWriter | None = None
        self._ended_by: str | None = None
        self._voice_secs = self._quiet_secs = 0.0
        self._before: deque[bytes] = deque()
        self._before_bytes = 0
        self._input.recorders += (self._hear,)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Begins and ends messages; passes on what is not its own."""
        match frame:
            case TakeMessageFrame():
                await self._prepare(frame.wanted)
                return
            case MessageWaitsFrame():
                self._forget()
                return
            case TimerFrame():
                await self._time_is_up(frame)
                return
            case InterruptionFrame():
                self._cut_by_voice = frame.by_voice
                self._unheard = " ".join(one.text for one in frame.unheard)
            case BotStartedSpeakingFrame():
                self._cut_by_voice = False
            case UserStartedSpeakingFrame() if self._is_beeping:
                self._cut_by_voice = True
                self._begin()
            case InputDTMFFrame() if self._writer and self._wanted and frame.button == self._wanted.end_key:
                await self._over("key")
            case LineLostFrame():
                self._line_lost = True
                await self._over(LINE_LOST)
            case LineBackFrame():
                self._line_lost = False
            case TakeOverFrame():
                await self._over(TAKEN_OVER)
            case EndFrame() | CancelFrame():
                self.stop()
        await self.push_frame(frame, direction)

    def stop(self) -> None:
        """The call is over: what was recorded is kept, and nobody waits for it."""
        self._close(HANG_UP)
        self._wanted = None

    @property
    def _is_beeping(self) -> bool:
        return self._wanted is not None and self._writer is None

    async def _prepare(self, wanted: WantedMessage) -> None:
        self._wanted = wanted
        if self._line_lost:
            await self._over(LINE_LOST)
        elif self._cut_by_voice and wanted.say and wanted.say in self._unheard:
            self._cut_by_voice = False
            await self._over(NOT_ANNOUNCED)
        elif self._keeper is None:
            await self._over(FAILED)
        elif self._cut_by_voice or self._input.turn.in_turn or not wanted.beep:
            self._begin()
        else:
            self._output.play_live(BEEP)
            self.inbox.later(self._output.playout.lead, self, TimerFrame(_BEEP_OVER))

    async def _time_is_up(self, frame: TimerFrame) -> None:
        if frame.purpose == _OVER and self._ended_by is not None:
            await self._over(self._ended_by)
        elif frame.purpose == _BEEP_OVER and self._is_beeping:
            self._begin()

    def _begin(self) -> None:
        """From here on the caller is recorded."""
        assert self._wanted is not None
        assert self._keeper is not None
        self._number += 1
        self._voice_secs = self._quiet_secs = 0.0
        self._ended_by = None
        about = {
            **self._about,
            "name": f"message-{self._number}",
            "number": self._number,
            "started_at": self._clock(),
            "notify": list(self._wanted.notify),
            "transcribe": self._wanted.transcript,
        }
        self._writer = self._keeper.begin(about)
        if self._cut_by_voice:
            self._before_the_beep()
        self._tell(True)

    def _hear(self, pcm: bytes) -> None:
        """The caller's audio, on the short way."""
        writer, wanted = self._writer, self._wanted
        if writer is None or wanted is None:
            self._remember(pcm)
            return
        if self._ended_by is not None:
            return
        writer.write(pcm)
        secs = len(pcm) / BYTES_PER_SEC
        if self._input.vad.state in (VADState.SPEAKING, VADState.STOPPING):
            self._voice_secs += secs
            self._quiet_secs = 0.0
        else:
            self._quiet_secs += secs
        if writer.failed is not None:
            self._end_by(FAILED)
        elif self._quiet_secs >= wanted.silence_secs:
            self._end_by("silence")
        elif writer.secs >= wanted.max_secs:
            self._end_by("longest")

    def _before_the_beep(self) -> None:
        """Takes up what the caller has been saying."""
        assert self._writer is not None
        self._writer.write(b"".join(self._before))
        self._voice_secs = min(self._writer.secs, self._input.vad.speech_secs)
        self._cut_by_voice = False

    def _forget(self) -> None:
        """What was recorded was no message."""
        writer, self._writer = self._writer, None
        self._wanted = None
        if writer is not None:
            self._tell(False)
            writer.discard()

    def _remember(self, pcm: bytes) -> None:
        self._before.append(pcm)
        self._before_bytes += len(pcm)
        while self._before_bytes > BEFORE_SECS * BYTES_PER_SEC:
            self._before_bytes -= len(self._before.popleft())

    def _end_by(self, why: str) -> None:
        self._ended_by = why
        self.inbox.put(self, TimerFrame(_OVER), FrameDirection.DOWNSTREAM)

    async def _over(self, why: str) -> None:
        """The message is over, and the call goes on once the disk has it."""
        if self._wanted is None:
            return
        self._ended_by = why
        number, secs, kept = self._number, self._writer.secs if self._writer else 0.0, self._close(why)
        self._wanted = None
        if kept is None:
            await self._told(why, None)
        else:
            self.create_task(self._wait(kept, why, {"secs": round(secs, 1), "number": number, "ended_by": why}))

    def _close(self, why: str) -> asyncio.Future[bool] | None:
        """Nothing more is recorded; where there is something to keep, whether it could be."""
        writer, self._writer = self._writer, None
        if writer is None or self._wanted is None or self._keeper is None:
            return None
        self._tell(False)
        if self._voice_secs >= self._wanted.min_secs and self._voice_secs > 0:
            return self._keeper.keep(writer, ended_by=why)
        writer.discard()
        return None

    async def _wait(self, kept: asyncio.Future[bool], why: str, result: dict[str, Any]) -> None:
        done, _ = await asyncio.wait({kept}, timeout=KEEP_SECS)
        lost = bool(done) and not kept.result()
        await self._told(FAILED if lost or why == FAILED else why, result)

    async def _told(self, why: str, result: dict[str, Any] | None) -> None:
        await self.push_frame(MessageTakenFrame(why, result), FrameDirection.UPSTREAM)
