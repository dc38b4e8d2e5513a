"""What the house is told: in-process publish and subscribe."""

from appliance.bus.bus import Bus
from appliance.bus.events import CallEnded, CallEvent, CallStarted, CallUpdated

__all__ = ["Bus", "CallEnded", "CallEvent", "CallStarted", "CallUpdated"]
