"""Conferences: when they begin, and when they end."""

from appliance.simulator.rooms import Rooms
from appliance.simulator.twiml import Verb

WAITS = Verb("Conference", {"startConferenceOnEnter": "false", "endConferenceOnExit": "true"}, "room")
STARTS = Verb("Conference", {}, "room")


def test_a_conference_begins_when_somebody_enters_who_starts_it() -> None:
    rooms = Rooms()
    room = rooms.enter(WAITS, "CA1")
    assert not room.started.is_set()
    assert rooms.enter(STARTS, "CA2") is room
    assert room.started.is_set()


def test_it_ends_when_somebody_leaves_who_ends_it_or_the_last() -> None:
    rooms = Rooms()
    room = rooms.enter(WAITS, "CA1")
    rooms.enter(STARTS, "CA2")
    rooms.leave(room, STARTS, "CA2")
    assert not room.ended.is_set()
    rooms.leave(room, WAITS, "CA1")
    assert room.ended.is_set()
    assert rooms.enter(STARTS, "CA3") is not room
