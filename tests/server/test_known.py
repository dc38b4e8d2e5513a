"""What is known of a call."""

from typing import Any, cast

from appliance.call import CallFacts
from appliance.server.known import Known


def test_a_call_without_a_stream_has_never_streamed_unless_it_was_passed_on() -> None:
    known = Known(CallFacts("CA1", "twilio", "", ""), cast("Any", None))
    assert known.never_streamed
    known.state.passed_on = True
    assert not known.never_streamed
    known.state.passed_on, known.has_streamed = False, True
    assert not known.never_streamed
