"""Tells the hub who speaks in a call and what it waits for: a handful of facts a turn, whether anybody looks or not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.clock import WallClock
from appliance.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputDTMFFrame,
    LineBackFrame,
    LLMContextFrame,
    NoInputFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FramePushed, SeenFrames
from appliance.supervision.calls import Facts, WaitsFor, Who

if TYPE_CHECKING:
    from appliance.supervision.hub import Hub


class CallObserver(BaseObserver):
    """Watches one call's pipeline on behalf of the hub."""

    frame_types = (
        BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame,
        FunctionCallCancelFrame,
        FunctionCallInProgressFrame,
        FunctionCallResultFrame,
        InputDTMFFrame,
        LineBackFrame,
        LLMContextFrame,
        NoInputFrame,
        UserMuteStartedFrame,
        UserMuteStoppedFrame,
        UserStartedSpeakingFrame,
        UserStoppedSpeakingFrame,
    )

    def __init__(self, hub: "Hub", call_id: str, clock: WallClock) -> None:
        self._hub = hub
        self._call_id = call_id
        self._clock = clock
        self._seen = SeenFrames()
        self._user_speaks = False
        self._bot_speaks = False
        self._bot_owes = True
        """Whether it is the bot's turn; at first it greets."""
        self._supervised: set[str] = set()
        """Open function calls that a supervisor is to answer."""
        self._user_stopped_at: float | None = None
        self._handlers: dict[type[Frame], Callable[[Any, FramePushed], Facts]] = {
            BotStartedSpeakingFrame: self._bot_started,
            BotStoppedSpeakingFrame: self._bot_stopped,
            FunctionCallCancelFrame: self._function_over,
            FunctionCallInProgressFrame: self._function_runs,
            FunctionCallResultFrame: self._function_over,
            InputDTMFFrame: self._asked,
            LineBackFrame: self._asked,
            LLMContextFrame: self._asked,
            NoInputFrame: self._asked,
            UserMuteStartedFrame: lambda frame, _: {"muted": True},
            UserMuteStoppedFrame: lambda frame, _: {"muted": False},
            UserStartedSpeakingFrame: self._user_started,
            UserStoppedSpeakingFrame: self._user_stopped,
        }

    @property
    def active(self) -> bool:
        """It takes what passes, and no word's progress needs to be worked out for it."""
        return False

    async def on_push_frame(self, data: FramePushed) -> None:
        """Sees a frame once, however many processors it passes."""
        frame = data.frame
        handler = self._handlers.get(type(frame))
        if handler is None or not self._seen.is_new(frame):
            return
        changed = handler(frame, data)
        speaking: Who | None = "caller" if self._user_speaks else "bot" if self._bot_speaks else None
        facts = Facts(speaking=speaking, waits_for=self._waits_for())
        facts.update(changed)
        self._hub.call_updated(self._call_id, **facts)

    def _waits_for(self) -> WaitsFor | None:
        if self._supervised:
            return "function"
        if self._user_speaks or self._bot_speaks:
            return None
        return "engine" if self._bot_owes else "caller"

    def _asked(self, frame: Frame, data: FramePushed) -> Facts:
        """The dialogue has something to answer, aloud unless a supervisor's text says otherwise."""
        self._bot_owes = self._bot_owes or getattr(frame, "audio_response", True)
        return {}

    def _user_started(self, frame: Frame, data: FramePushed) -> Facts:
        self._user_speaks = True
        return {}

    def _user_stopped(self, frame: Frame, data: FramePushed) -> Facts:
        self._user_speaks = False
        self._bot_owes = True
        self._user_stopped_at = self._clock()
        return {}

    def _bot_started(self, frame: Frame, data: FramePushed) -> Facts:
        self._bot_speaks = True
        stopped, self._user_stopped_at = self._user_stopped_at, None
        return {} if stopped is None else {"latency_ms": round((self._clock() - stopped) * 1000)}

    def _bot_stopped(self, frame: Frame, data: FramePushed) -> Facts:
        """A reply that is still open goes on: a function or an engine takes its time."""
        self._bot_speaks = False
        self._bot_owes = bool(data.source.inbox.replies.open)
        return {}

    def _function_runs(self, frame: FunctionCallInProgressFrame, data: FramePushed) -> Facts:
        if frame.by_client:
            self._supervised.add(frame.tool_call_id)
        return {}

    def _function_over(self, frame: FunctionCallResultFrame | FunctionCallCancelFrame, data: FramePushed) -> Facts:
        self._supervised.discard(frame.tool_call_id)
        return {}
