"""Tells the hub what a call's lists and snapshots show: a handful of facts a turn, whether anybody looks or not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.clock import WallClock
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    TranscriptionFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FramePushed
from appliance.supervision.calls import Facts, Line

if TYPE_CHECKING:
    from appliance.supervision.hub import Hub


class CallObserver(BaseObserver):
    """Watches one call's pipeline on behalf of the hub."""

    frame_types = (
        AggregatedTextFrame,
        AggregatedTextProgressFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        InterruptionFrame,
        TranscriptionFrame,
        UserMuteStartedFrame,
        UserMuteStoppedFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
    )

    def __init__(self, hub: "Hub", call_id: str, clock: WallClock) -> None:
        self._hub = hub
        self._call_id = call_id
        self._clock = clock
        self._seen: dict[type[Frame], int] = {}
        self._bot: Line | None = None
        self._user_stopped_at: float | None = None
        self._handlers: dict[type[Frame], Callable[[Any], None]] = {
            AggregatedTextFrame: self._on_segment,
            AggregatedTextProgressFrame: self._on_progress,
            BotStartedSpeakingFrame: self._on_bot_started,
            BotStoppedSpeakingFrame: lambda _: self._tell(speaking=None),
            InterruptionFrame: self._on_interruption,
            TranscriptionFrame: self._on_transcription,
            UserMuteStartedFrame: lambda _: self._tell(muted=True),
            UserMuteStoppedFrame: lambda _: self._tell(muted=False),
            UserStartedSpeakingFrame: lambda _: self._tell(speaking="caller"),
            UserStoppedSpeakingFrame: self._on_user_stopped,
        }

    async def on_push_frame(self, data: FramePushed) -> None:
        """Sees a frame once, however many processors it passes; the bot's words only as they are heard."""
        frame = data.frame
        handler = self._handlers.get(type(frame))
        if handler is None or self._seen.get(type(frame)) == frame.id or not _counts(data):
            return
        self._seen[type(frame)] = frame.id
        handler(frame)

    def _tell(self, **facts: Any) -> None:
        self._hub.call_updated(self._call_id, **Facts(**facts))  # type: ignore[typeddict-item]

    def _on_transcription(self, frame: TranscriptionFrame) -> None:
        self._hub.call_said(self._call_id, Line("caller", frame.text, self._clock()))

    def _on_segment(self, frame: AggregatedTextFrame) -> None:
        if frame.aggregated_by not in ("word", "token"):
            spoken = "" if frame.will_be_spoken else None
            self._bot = Line("bot", frame.text, self._clock(), frame.id, spoken)
            self._hub.call_said(self._call_id, self._bot)

    def _on_progress(self, frame: AggregatedTextProgressFrame) -> None:
        if self._bot is not None and self._bot.segment_id == frame.segment.id:
            self._bot.spoken = frame.accumulated_text

    def _on_interruption(self, frame: InterruptionFrame) -> None:
        bot, self._bot = self._bot, None
        if bot is not None and bot.spoken is not None and len(bot.spoken.strip()) < len(bot.text.strip()):
            bot.interrupted = True

    def _on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        self._user_stopped_at = self._clock()
        self._tell(speaking=None)

    def _on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        stopped, self._user_stopped_at = self._user_stopped_at, None
        if stopped is None:
            self._tell(speaking="bot")
        else:
            self._tell(speaking="bot", latency_ms=round((self._clock() - stopped) * 1000))


def _counts(data: FramePushed) -> bool:
    words = isinstance(data.frame, AggregatedTextFrame | AggregatedTextProgressFrame)
    return not words or (not isinstance(data.frame, TTSTextFrame) and bool(getattr(data.source, "plays_audio", False)))
