"""The house: its live calls, and who watches them."""

import asyncio
import logging
from typing import Any, Unpack

from appliance.clock import WallClock
from appliance.settings import SupervisionSettings
from appliance.supervision.calls import CallView, Facts, LiveCall
from appliance.supervision.feed import FLOOD, Feed
from appliance.supervision.house import House
from appliance.supervision.observer import CallObserver
from appliance.supervision.roles import Role
from appliance.supervision.subject import Full, Subject
from appliance.supervision.watched import WatchedCall

log = logging.getLogger(__name__)

NORMAL, GOING_AWAY = 1000, 1001

BARRED_SECS = 10.0
"""How long a token opens no socket after a flood: each new socket could begin another."""


class Hub:
    """Calls by their id, live and for a few seconds after their end; viewers of calls and of the house.

    What a call tells (``call_started``, ``call_updated``, ``call_ended``) returns at once and never
    fails: an id that is not known is ignored.
    """

    def __init__(self, settings: SupervisionSettings, clock: WallClock) -> None:
        self._settings = settings
        self._clock = clock
        self._calls: dict[str, WatchedCall] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._viewers = 0
        self._barred: dict[str, float] = {}
        """Whose tokens may open no socket, and until when."""
        self.house = House(self._calls)

    def observer(self, call_id: str) -> CallObserver:
        """For the call's pipeline: tells this hub who speaks and what is said."""
        return CallObserver(self, call_id, self._clock)

    def call_started(self, view: CallView) -> None:
        """A call is there; from now on it can be watched."""
        if view.call_id in self._calls:
            self.call_ended(view.call_id, outcome="replaced")
            self._forget(view.call_id)
        watched = WatchedCall(LiveCall(view, self._clock), self._settings.max_viewers_per_call)
        self._calls[view.call_id] = watched
        view.rtvi.conversation.on_said = lambda: self._tell_updated(watched)
        self.house.tell_of(watched.call, lambda rights: {"type": "call-started", "call": watched.call.summary(rights)})

    def call_updated(self, call_id: str, **facts: Unpack[Facts]) -> None:
        """Facts of a call have changed."""
        watched = self._calls.get(call_id)
        if watched is not None and watched.update(facts):
            self._tell_updated(watched)

    def call_ended(self, call_id: str, **outcome: Any) -> None:
        """A call is over. ``outcome`` (JSON values) goes to everybody who watches."""
        watched = self._calls.get(call_id)
        if watched is None or watched.call.ended is not None:
            return
        watched.end(outcome)
        self.house.tell_of(watched.call, lambda rights: watched.call.end_notice())
        loop = asyncio.get_running_loop()
        self._timers[call_id] = loop.call_later(self._settings.linger_secs, self._forget, call_id)

    def subject(self, call_id: str | None) -> Subject | None:
        """What a socket is to be about: a call, or with None the house. None if there is no such call."""
        return self.house if call_id is None else self._calls.get(call_id)

    def join(self, subject: Subject, feed: Feed, after: int | None) -> None:
        """Connects a viewer. Raises Full."""
        if self._viewers >= self._settings.max_viewers:
            raise Full(f"{self._viewers} viewers are connected, which is the limit.")
        if self._clock() < self._barred.get(feed.name, 0.0):
            raise Full(f"{feed.name} has sent too many messages: try again in {BARRED_SECS:g} s.")
        subject.join(feed, after)
        self._viewers += 1

    def leave(self, subject: Subject, feed: Feed) -> None:
        """Disconnects a viewer that had joined."""
        self._viewers -= 1
        if feed.closing == FLOOD:
            self._barred[feed.name] = self._clock() + BARRED_SECS
        subject.leave(feed)

    def new_feed(self, name: str, rights: Role) -> Feed:
        """A viewer's feed, bounded as the settings say."""
        return Feed(name, rights, max_messages=self._settings.queue_messages)

    def close(self) -> None:
        """Closes every socket: the service stops."""
        for timer in self._timers.values():
            timer.cancel()
        for watched in self._calls.values():
            watched.close(GOING_AWAY, "the service stops")
        self.house.close(GOING_AWAY, "the service stops")

    def _tell_updated(self, watched: WatchedCall) -> None:
        # Each one holds all facts, so that a viewer who loses some of them still ends up with the truth.
        call = watched.call
        if call.ended is None:
            self.house.tell_of(
                call, lambda rights: {"type": "call-updated", "call": call.summary(rights)}, droppable=True
            )

    def _forget(self, call_id: str) -> None:
        timer = self._timers.pop(call_id, None)
        if timer is not None:
            timer.cancel()
        self._calls.pop(call_id).close(NORMAL, "the call has ended")
