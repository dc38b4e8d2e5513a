"""The two ends of a call's pipeline, without a carrier: the caller's line in (``input``), the caller's ear out.

Subclasses add the wire: they feed ``receive_audio`` and ``receive_key``, and write audio, marks and clears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.clock import Clock, monotonic
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    CutReplyFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    OutputAudioRawFrame,
    RecordingAnnouncedFrame,
    SystemFrame,
    TakeMessageFrame,
    TimerFrame,
    TransferFrame,
    TTFAMetricsData,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UninterruptibleFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.inbox import Inbox
from appliance.pipeline.input import BaseInputTransport
from appliance.pipeline.observer import BaseObserver
from appliance.pipeline.playout import ROUNDING_SECS, Playout
from appliance.pipeline.processor import FrameProcessor

__all__ = ["BaseInputTransport", "BaseOutputTransport"]

DOWNSTREAM, UPSTREAM = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
BYTES_PER_SEC = 16_000
UNDERRUN_SECS = 0.35
"""A gap inside a reply this long means that the bot has fallen silent."""
MESSAGE_BYTES = 8_000
"""Half a second: what is written at once, so that no message grows without bound."""

_BETWEEN_WORDS = " ,;:.!?…"


@dataclass(slots=True)
class _SegmentEnd:
    """A segment's audio has been heard."""

    segment_id: int


@dataclass(slots=True)
class _ReplyEnd:
    """Everything of a reply has been heard."""

    reply: int


@dataclass(slots=True)
class _Segment:
    """How far a segment's text has been heard."""

    frame: AggregatedTextFrame
    start: float
    heard: int = 0
    told: int = 0


PlayoutItem = Frame | _SegmentEnd | _ReplyEnd

_SURELY_HEARD = (EndFrame, TransferFrame, TakeMessageFrame, RecordingAnnouncedFrame)
"""Before these everything must have been heard, not only by the clock."""


class BaseOutputTransport(FrameProcessor):
    """The caller's ear: audio goes out at once, everything round it happens when it has been *heard*."""

    ignores = (InputAudioRawFrame,)
    plays_audio = True

    def __init__(self, *, marks: bool = True, clock: Clock = monotonic, name: str | None = None) -> None:
        super().__init__(name=name)
        self.playout: Playout[PlayoutItem] = Playout(clock, marks=marks)
        self._clock = clock
        self._asked_at: float | None = None
        self._speaking = False
        self._segments: dict[int, _Segment] = {}
        self._pending = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._cut: list[PlayoutItem] = []
        self._kept: list[PlayoutItem] = []

    def link(
        self,
        inbox: Inbox,
        upstream: FrameProcessor | None,
        downstream: FrameProcessor | None,
        observers: tuple[BaseObserver, ...],
    ) -> None:
        """See the base class; an interruption silences the line before anything else happens."""
        super().link(inbox, upstream, downstream, observers)
        inbox.on_interruption.append(self.fall_silent)

    def write_audio(self, pcm: bytes) -> None:
        """Gives audio (16-bit mono, 8 kHz) to the carrier; must not wait."""
        raise NotImplementedError

    def write_mark(self, name: str) -> None:
        """Asks the carrier to say when it has played what it was given so far."""
        raise NotImplementedError

    def write_clear(self) -> None:
        """Has the carrier drop what it has not played yet."""
        raise NotImplementedError

    def marked(self, name: str) -> None:
        """A mark came back from the carrier."""
        if self.playout.marked(name):
            self._tick()

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears the bot."""
        return self._speaking

    def play_live(self, pcm: bytes) -> None:
        """Lets the caller hear a person, at once: nothing waits for it, and it is no speech of the bot's."""
        self.write_audio(pcm)
        self.playout.add_audio(len(pcm) / BYTES_PER_SEC)

    def fall_silent(self) -> None:
        """The line goes quiet now, ahead of everything else; what that means is told when it is dispatched."""
        self._pending.clear()
        if self._speaking or self.playout.lead > 0:
            self.write_clear()
        position = self.playout.position
        for segment in self._segments.values():
            if segment.frame.voiced is not None:
                segment.frame.voiced.heard(max(0, int((position - segment.start) * 1000)))
        heard, void = self.playout.clear()
        self._cut += heard
        self._kept += [item for item in void if isinstance(item, UninterruptibleFrame)]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Plays audio, holds what belongs to it until it is heard, and lets the rest pass."""
        if direction is UPSTREAM:
            await self.push_frame(frame, direction)
        elif isinstance(frame, OutputAudioRawFrame):
            if await self._audio(frame):
                self._schedule()
        else:
            await (self._system(frame) if isinstance(frame, SystemFrame) else self._hold(frame))
            self._schedule()

    async def _system(self, frame: SystemFrame) -> None:
        match frame:
            case TimerFrame():
                if self.playout.lead < UNDERRUN_SECS:
                    self._flush()
                await self._release(self.playout.take_due())
                if self.playout.is_idle and self.playout.silent_secs >= UNDERRUN_SECS - ROUNDING_SECS:
                    await self._stopped_speaking()
            case InterruptionFrame():
                await self._interrupted(frame)
            case UserStoppedSpeakingFrame():
                self._asked_at = self._clock()
                await self.push_frame(frame)
            case CancelFrame():
                self._pending.clear()
                heard, _ = self.playout.clear()
                await self._release(heard)
                await self._stopped_speaking()
                await self.push_frame(frame)
            case _:
                await self.push_frame(frame)

    async def _audio(self, frame: OutputAudioRawFrame) -> bool:
        """Returns whether something is to be done sooner than before: audio that is only now being gathered."""
        if not self._speaking:
            self._speaking = True
            await self._both_ways(BotStartedSpeakingFrame())
            await self._measure()
        gathers = bool(self._pending)
        self._pending += frame.audio
        if len(self._pending) >= MESSAGE_BYTES or self.playout.lead < UNDERRUN_SECS:
            self._flush()
        return bool(self._pending) and not gathers

    async def _measure(self) -> None:
        """The answer is heard: how long the caller has waited for it since the turn ended."""
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is not None:
            await self.push_metrics(TTFAMetricsData(self.name, value=self._clock() - asked_at))

    def _flush(self) -> None:
        """Writes what was gathered, in messages of at most half a second."""
        for start in range(0, len(self._pending), MESSAGE_BYTES):
            piece = bytes(self._pending[start : start + MESSAGE_BYTES])
            self.write_audio(piece)
            self.playout.add_audio(len(piece) / BYTES_PER_SEC)
        self._pending.clear()

    async def _hold(self, frame: Frame) -> None:
        match frame:
            case TTSTextFrame():
                self._add_word(frame)
                return
            case AggregatedTextFrame(will_be_spoken=False):
                await self.push_frame(frame)
                return
        self._flush()
        match frame:
            case AggregatedTextFrame():
                self._segments[frame.id] = _Segment(frame, self.playout.written)
            case TTSStartedFrame() if frame.segment_id in self._segments:
                self._segments[frame.segment_id].start = self.playout.written
            case TTSStoppedFrame():
                self._mark()
                self.playout.add(_SegmentEnd(frame.segment_id), confirmed=True)
        self.playout.add(frame, confirmed=isinstance(frame, _SURELY_HEARD))
        if isinstance(frame, LLMFullResponseEndFrame):
            self._mark()
            self.playout.add(_ReplyEnd(frame.reply), confirmed=True)
        await self._release(self.playout.take_due())

    def _add_word(self, frame: TTSTextFrame) -> None:
        """A word counts as heard when half of it has been played."""
        segment = self._segments.get(frame.segment_id)
        given = self.playout.written + len(self._pending) / BYTES_PER_SEC
        start = segment.start if segment else given
        at = start + (frame.start_ms + frame.end_ms) / 2000
        self.playout.add(frame, position=min(at, given), idle=True)

    def _mark(self) -> None:
        name = self.playout.mark()
        if name is not None:
            self.write_mark(name)

    async def _release(self, items: list[PlayoutItem]) -> None:
        for item in items:
            if isinstance(item, Frame):
                item.reply = 0  # It was heard: no interruption can take that back.
            match item:
                case _SegmentEnd():
                    segment = self._segments.pop(item.segment_id, None)
                    if segment is not None and segment.frame.voiced is not None:
                        segment.frame.voiced.heard()
                case _ReplyEnd():
                    await self._reply_heard(item.reply)
                case TTSTextFrame():
                    await self._word_heard(item)
                case TTSStoppedFrame():
                    await self._rest_heard(item.segment_id)
                    await self.push_frame(item)
                case Frame():
                    await self.push_frame(item)

    async def _reply_heard(self, reply: int) -> None:
        self.inbox.replies.finish(reply)
        if self.playout.lead <= 0 and not self._pending:
            await self._stopped_speaking()

    async def _word_heard(self, word: TTSTextFrame) -> None:
        await self.push_frame(word)
        segment = self._segments.get(word.segment_id)
        if segment is None:
            return
        at = segment.frame.text.find(word.text, segment.heard)
        if at >= 0:
            segment.heard = at + len(word.text)
        if self.watched(AggregatedTextProgressFrame):
            await self._progress(segment)

    async def _rest_heard(self, segment_id: int) -> None:
        segment = self._segments.get(segment_id)
        if segment is not None and segment.told < len(segment.frame.text):
            segment.heard = len(segment.frame.text)
            await self._progress(segment)

    async def _progress(self, segment: _Segment) -> None:
        text = segment.frame.text
        heard, rest = text[: segment.heard], text[segment.heard :]
        segment.told = segment.heard
        await self.push_frame(AggregatedTextProgressFrame(segment.frame, heard, rest))

    async def _interrupted(self, frame: InterruptionFrame) -> None:
        cut, self._cut = self._cut, []
        await self._release(cut)
        for segment in self._segments.values():
            if segment.told < segment.heard:
                await self._progress(segment)
        frame.unheard = [*self._unheard(), *frame.unheard]
        self._segments.clear()
        await self._stopped_speaking()
        if frame.by_voice and (frame.unheard or not frame.is_whole):
            await self.push_frame(CutReplyFrame(frame.unheard, frame.is_whole), UPSTREAM)
        await self.push_frame(frame)
        kept, self._kept = self._kept, []
        for item in kept:
            if isinstance(item, Frame):
                await self.push_frame(item)

    def _unheard(self) -> Iterator[AggregatedTextFrame]:
        """What the line's own sentences had still to say; recordings have no beginning but their first."""
        for segment in self._segments.values():
            frame = segment.frame
            rest = frame.text if frame.recording else frame.text[segment.heard :].lstrip(_BETWEEN_WORDS)
            if rest and segment.heard < len(frame.text):
                yield AggregatedTextFrame(rest, recording=frame.recording, voiced=frame.voiced)

    async def _stopped_speaking(self) -> None:
        if self._speaking:
            self._speaking = False
            await self._both_ways(BotStoppedSpeakingFrame())

    async def _both_ways(self, frame: Frame) -> None:
        await self.push_frame(frame, UPSTREAM)
        await self.push_frame(frame, DOWNSTREAM)

    def stop(self) -> None:
        """Forgets what was to be done later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        """One timer, for the next thing that somebody minds; words only while somebody watches them."""
        wait = self.playout.next_due(idle=self.watched(TTSTextFrame))
        if self._pending:
            soon = max(0.0, self.playout.lead - UNDERRUN_SECS / 2)
            wait = soon if wait is None else min(wait, soon)
        if wait is None and self._speaking:
            wait = self.playout.lead + UNDERRUN_SECS
        if wait is None:
            self.stop()
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + wait
        if self._timer is not None:
            if self._timer_due <= due:
                return  # It looks again then: cheaper than a new timer for each frame.
            self._timer.cancel()
        self._timer, self._timer_due = loop.call_later(wait, self._tick), due

    def _tick(self) -> None:
        self.stop()
        self.inbox.put(self, TimerFrame("playout"), DOWNSTREAM)
