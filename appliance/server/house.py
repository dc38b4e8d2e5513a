"""Everything that one running appliance has."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.bus import Bus, CallEnded, CallStarted, CallUpdated
from appliance.call import Calls, Engines
from appliance.carriers.base import CarrierApi
from appliance.dialplan import Dialplan, Dialplans, Problem
from appliance.failover import Health
from appliance.functions import Means
from appliance.ops.metrics import Registry
from appliance.records import RecordStore
from appliance.server.diary import keep_diary
from appliance.server.kept import Kept
from appliance.server.roster import Roster
from appliance.settings import Settings
from appliance.speech.recordings import Recordings
from appliance.supervision.auth import Auth
from appliance.supervision.calls import CallView
from appliance.supervision.hub import Hub


class Counts:
    """What an operator watches."""

    def __init__(self, registry: Registry) -> None:
        self.calls = registry.counter("appliance_calls_total", "Calls by how they ended", ["outcome"])
        self.live = registry.gauge("appliance_calls_live", "Calls that live now")
        self.refused = registry.counter("appliance_refused_total", "Requests refused, by reason", ["reason"])
        self.odd = registry.counter("appliance_media_messages_skipped_total", "Media messages that were skipped")
        self.unusual = registry.counter(
            "appliance_media_messages_unusual_total", "Media messages that were odd and yet used", ["what"]
        )
        self.engines = registry.gauge("appliance_engine_up", "Whether an engine works", ["role", "engine"])


@dataclass
class House:
    """One running appliance."""

    settings: Settings
    dialplans: Dialplans
    engines: Engines
    """Those of dialplans that name none."""
    records: RecordStore
    hub: Hub
    auth: Auth
    kept: Kept
    base_url: str
    """Where the carrier reaches us; never built from a request."""
    means: Means = field(default_factory=Means)
    """What functions use."""
    api: CarrierApi | None = None
    """The carrier's, where there are credentials for it."""
    bus: Bus = field(default_factory=Bus)
    registry: Registry = field(default_factory=Registry)
    draining: bool = False
    """Whether new calls are refused because the appliance is to stop."""
    roster: Roster | None = None
    """All engines that settings and dialplans name; without it there are only ``engines``."""
    refused: tuple[Problem, ...] = ()
    """Why dialplans, or a new version of them, do not serve."""
    files: frozenset[tuple[str, int, int, int]] = frozenset()
    """What the dialplans' files were like before they were loaded."""
    recordings: Recordings | None = None
    """What dialplans play instead of speaking."""

    def __post_init__(self) -> None:
        self.calls = Calls(self.settings.limits.max_calls)
        self.counts = Counts(self.registry)
        self.bus.subscribe(CallStarted, self._started)
        self.bus.subscribe(CallUpdated, lambda event: self.hub.call_updated(event.call_id, **event.changes))
        self.bus.subscribe(CallEnded, self._ended)
        keep_diary(self.bus)

    def engines_of(self, plan: Dialplan) -> Engines:
        """The engines of a dialplan's calls."""
        return self.engines if self.roster is None else self.roster.engines_of(plan)

    def engine_changed(self, health: Health) -> None:
        """An engine has gone down, is being tried, or works again."""
        self.counts.engines.set(int(health.is_up), role=health.role, engine=health.name)

    @property
    def takes_calls(self) -> bool:
        """Whether a new call would be answered."""
        return not self.draining and not self.calls.is_full

    def _started(self, event: CallStarted) -> None:
        call = self.calls.get(event.call_id)
        if call is not None:
            loaded = call.loaded
            about = (event.call_id, event.caller, event.called, event.dialplan, event.at)
            plan = loaded.plan
            self.hub.call_started(CallView(*about, call.rtvi, plan.tags, loaded.version, plan.roles))

    def _ended(self, event: CallEnded) -> None:
        self.hub.call_ended(
            event.call_id, outcome=event.outcome, reason=event.reason, duration_secs=round(event.duration_secs, 1)
        )
