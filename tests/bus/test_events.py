"""What the house is told."""

from appliance.bus import CallEnded, CallEvent, CallStarted, CallUpdated


def test_events_have_the_names_that_the_house_knows() -> None:
    assert [event.name for event in (CallStarted, CallUpdated, CallEnded)] == [
        "call.started",
        "call.updated",
        "call.ended",
    ]
    assert all(issubclass(event, CallEvent) for event in (CallStarted, CallUpdated, CallEnded))
