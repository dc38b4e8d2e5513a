"""Publish and subscribe."""

import logging

import pytest

from appliance.bus import Bus, CallEnded, CallEvent, CallStarted, CallUpdated

STARTED = CallStarted("CA1", 1.0, "reception", "twilio", "+15555550123", "+15555550100")
ENDED = CallEnded("CA1", 9.0, "completed", "hung up", 8.0)


def test_each_subscriber_gets_what_it_asked_for_in_order() -> None:
    bus, told = Bus(), list[tuple[str, CallEvent]]()
    bus.subscribe(CallEvent, lambda event: told.append(("all", event)))
    bus.subscribe(CallEnded, lambda event: told.append(("ended", event)))
    for event in (STARTED, ENDED):
        bus.publish(event)
    assert told == [("all", STARTED), ("all", ENDED), ("ended", ENDED)]


def test_a_subscriber_that_fails_hurts_neither_publisher_nor_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, told = Bus(), list[CallEvent]()

    def fails(event: CallStarted) -> None:
        raise RuntimeError("broken")

    bus.subscribe(CallStarted, fails)
    bus.subscribe(CallStarted, told.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(STARTED)
    assert told == [STARTED]
    assert [record.getMessage() for record in caplog.records] == ["A subscriber of call.started failed"]


def test_unsubscribing_ends_it_also_twice_and_from_inside() -> None:
    bus, told = Bus(), list[CallEvent]()

    def once(event: CallUpdated) -> None:
        told.append(event)
        stop()

    stop = bus.subscribe(CallUpdated, once)
    for _ in range(2):
        bus.publish(CallUpdated("CA1", 2.0, {"speaking": "caller"}))
    stop()
    assert len(told) == 1


def test_two_like_subscribers_end_one_by_one() -> None:
    bus, told = Bus(), list[CallEvent]()
    first = bus.subscribe(CallEnded, told.append)
    bus.subscribe(CallEnded, told.append)
    first()
    first()
    bus.publish(ENDED)
    assert told == [ENDED]
