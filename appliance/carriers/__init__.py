"""Who brings calls: codecs of what is on a carrier's wire, and the carrier's API. All of them look alike."""

from appliance.carriers.base import (
    Capabilities,
    CarrierApi,
    Codec,
    MarkFrame,
    StreamStartFrame,
    StreamStopFrame,
)

__all__ = ["Capabilities", "CarrierApi", "Codec", "MarkFrame", "StreamStartFrame", "StreamStopFrame"]
