"""A call from the carrier's start to its record: its pipeline, its streams, its limits."""

from appliance.call.call import Call, CallFacts
from appliance.call.calls import Calls
from appliance.call.engines import Engines
from appliance.call.stream import Stream, StreamEnd, StreamLimits

__all__ = ["Call", "CallFacts", "Calls", "Engines", "Stream", "StreamEnd", "StreamLimits"]
