"""A model that hears and speaks itself, as the calls of the house share it: what it is, and how it does."""

from dataclasses import dataclass

from appliance.failover import Health
from appliance.settings.realtime import RealtimeEngine


@dataclass(frozen=True, slots=True)
class DirectModel:
    """Each call has a connection of its own."""

    engine: RealtimeEngine
    health: Health

    @property
    def timeout_secs(self) -> float:
        """How long an answer may take to begin."""
        return self.engine.timeout_secs
