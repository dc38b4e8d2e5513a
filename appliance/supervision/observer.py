"""Tells the hub what a call's lists and snapshots show: a handful of facts a turn, whether anybody looks or not."""

from collections import deque
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
    LLMContextFrame,
    TranscriptionFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FramePushed
from appliance.supervision.calls import Facts, Line

if TYPE_CHECKING:
    from appliance.supervision.hub import Hub

REMEMBERED = 64
"""A frame is seen at each push, perhaps seconds apart; so many of the latest are known again."""

_HEARD = (AggregatedTextFrame, AggregatedTextProgressFrame, InterruptionFrame)
"""Of these only the output knows what the caller heard of them."""


class CallObserver(BaseObserver):
    """Watches one call's pipeline on behalf of the hub."""

    frame_types = (
        AggregatedTextFrame,
        AggregatedTextProgressFrame,
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        InterruptionFrame,
        LLMContextFrame,
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
        self._seen: deque[int] = deque(maxlen=REMEMBERED)
        self._bot: Line | None = None
        self._user_stopped_at: float | None = None
        self._handlers: dict[type[Frame], Callable[[Any], None]] = {
            AggregatedTextFrame: self._on_segment,
            AggregatedTextProgressFrame: self._on_progress,
            BotStartedSpeakingFrame: self._on_bot_started,
            BotStoppedSpeakingFrame: lambda _: self._tell(speaking=None),
            InterruptionFrame: self._on_interruption,
            LLMContextFrame: self._on_context,
            TranscriptionFrame: self._on_transcription,
            UserMuteStartedFrame: lambda _: self._tell(muted=True),
            UserMuteStoppedFrame: lambda _: self._tell(muted=False),
            UserStartedSpeakingFrame: lambda _: self._tell(speaking="caller"),
            UserStoppedSpeakingFrame: self._on_user_stopped,
        }

    @property
    def active(self) -> bool:
        """It takes what passes, and no word's progress needs to be worked out for it."""
        return False

    async def on_push_frame(self, data: FramePushed) -> None:
        """Sees a frame once, however many processors it passes; the bot's words only as they are heard."""
        frame = data.frame
        handler = self._handlers.get(type(frame))
        if handler is None or frame.id in self._seen:
            return
        if isinstance(frame, _HEARD) and not getattr(data.source, "plays_audio", False):
            return
        self._seen.append(frame.id)
        handler(frame)

    def _tell(self, **facts: Any) -> None:
        self._hub.call_updated(self._call_id, **Facts(**facts))  # type: ignore[typeddict-item]

    def _on_transcription(self, frame: TranscriptionFrame) -> None:
        self._hub.call_said(self._call_id, Line("caller", frame.text, self._clock()))

    def _on_context(self, frame: LLMContextFrame) -> None:
        if frame.keys is not None:
            self._hub.call_said(self._call_id, Line("caller", frame.keys, self._clock(), keys=True))

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
