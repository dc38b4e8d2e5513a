"""How one message reaches all viewers, in order."""

from functools import partial

from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.rtvi.audience import MOST_HELD, Audience
from tests.rtvi.stage import FakeViewer

Level = RTVIFunctionCallReportLevel


def watching(audience: Audience, name: str = "vera", ceiling: Level = Level.FULL) -> FakeViewer:
    viewer = FakeViewer(name, ceiling=ceiling)
    audience.watch(audience.join(viewer))
    return viewer


def test_who_has_only_joined_gets_answers_but_no_events() -> None:
    audience, viewer = Audience(), FakeViewer()
    seat = audience.join(viewer)
    audience.publish("event")
    audience.send(seat, "answer", answers="1")
    assert viewer.got == [{"type": "answer", "id": "1"}]


def test_an_event_for_some_is_for_those_alone() -> None:
    audience = Audience()
    old, new = watching(audience, "old"), watching(audience, "new")
    audience.seats["old"].version = (1, 0, 0)
    audience.publish("for old", to=lambda seat: seat.is_old)
    assert (old.types, new.types) == (["for old"], [])


def test_variants_of_an_event_have_one_number() -> None:
    audience = Audience()
    full, name = watching(audience, "full"), watching(audience, "name", Level.NAME)
    none, off = watching(audience, "none", Level.NONE), watching(audience, "off", Level.DISABLED)
    make = {Level.DISABLED: None, Level.NONE: {}, Level.NAME: {"level": 2}, Level.FULL: {"level": 3}}
    audience.publish_by_level("f", Level.FULL, make.__getitem__)
    assert [each.seq for viewer in (full, name, none) for each in viewer.outgoing] == [1, 1, 1]
    data = [viewer.got[0]["data"] for viewer in (full, name, none)]
    assert (data, off.got) == ([{"level": 3}, {"level": 2}, {}], [])


def test_what_follows_a_held_place_waits_and_keeps_its_order() -> None:
    audience = Audience()
    viewer = watching(audience)
    first, second = audience.reserve(), audience.reserve()
    audience.publish("third")
    audience.fill(second, partial(audience.publish, "second"))
    assert viewer.types == []
    audience.fill(first, partial(audience.publish, "first"), partial(audience.publish, "first, too"))
    audience.publish("fourth")
    assert viewer.types == ["first", "first, too", "second", "third", "fourth"]
    assert [each.seq for each in viewer.outgoing] == [1, 2, 3, 4, 5]


def test_a_place_that_is_filled_with_nothing_or_twice_holds_nothing_up() -> None:
    audience = Audience()
    viewer = watching(audience)
    slot = audience.reserve()
    audience.publish("after")
    audience.fill(slot)
    audience.fill(slot, partial(audience.publish, "too late"))
    assert viewer.types == ["after"]


def test_an_answer_to_one_viewer_does_not_wait() -> None:
    audience = Audience()
    viewer = watching(audience)
    audience.reserve()
    audience.send(audience.seats["vera"], "answer", answers="1")
    audience.send(None, "to all")
    assert viewer.types == ["answer"]


def test_too_many_held_places_give_the_oldest_up() -> None:
    audience = Audience()
    viewer = watching(audience)
    first = audience.reserve()
    audience.publish("event")
    for _ in range(MOST_HELD):
        audience.reserve()
    audience.fill(first, partial(audience.publish, "too late"))
    assert viewer.types == ["event"]
