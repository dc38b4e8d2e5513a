"""The carrier-neutral interface."""

import pytest

from appliance.carriers import Capabilities, CarrierApi, Codec, MarkFrame, StreamStartFrame, StreamStopFrame
from appliance.carriers.twilio.api import TwilioApi
from appliance.carriers.twilio.codec import TwilioCodec
from appliance.frames import SystemFrame


@pytest.mark.parametrize("frame", [StreamStartFrame("CA1", "MZ1", {}), StreamStopFrame(), MarkFrame("m")])
def test_what_a_stream_reports_overtakes_everything_that_waits(frame: SystemFrame) -> None:
    assert isinstance(frame, SystemFrame)
    assert not hasattr(frame, "__dict__")


def test_twilio_is_a_carrier() -> None:
    codec: Codec = TwilioCodec()
    api: CarrierApi = TwilioApi("AC1", "secret")
    assert codec.capabilities == Capabilities(clear_returns_marks=True, buffers_audio=True, max_lead_secs=600.0)
    assert api is not None
