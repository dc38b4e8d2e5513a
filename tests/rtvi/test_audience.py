"""How one message reaches all viewers, in order."""

from functools import partial
from typing import Any

import pytest

from appliance.redaction import Redactor
from appliance.rtvi import RTVIFunctionCallReportLevel
from appliance.rtvi.audience import MOST_HELD, Audience, Told
from appliance.rtvi.masking import WITHHELD
from tests.rtvi.stage import FakeViewer

Level = RTVIFunctionCallReportLevel


def watching(
    audience: Audience, name: str = "vera", ceiling: Level = Level.FULL, *, sees_sensitive: bool = True
) -> FakeViewer:
    viewer = FakeViewer(name, ceiling=ceiling, sees_sensitive=sees_sensitive)
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
    asked: list[Level] = []

    def make(level: Level) -> Told | None:
        asked.append(level)
        return None if level is Level.DISABLED else Told(f"f{level}", {"level": level})

    another = watching(audience, "another")
    audience.publish_by(lambda seat: seat.viewer.report_ceiling, make)
    assert (asked, another.outgoing[0]) == ([Level.FULL, Level.NAME, Level.NONE, Level.DISABLED], full.outgoing[0])
    assert [each.seq for viewer in (full, name, none) for each in viewer.outgoing] == [1, 1, 1]
    assert [viewer.got for viewer in (full, name, none, off)] == [
        [{"type": "f3", "data": {"level": 3}}],
        [{"type": "f2", "data": {"level": 2}}],
        [{"type": "f1", "data": {"level": 1}}],
        [],
    ]


@pytest.mark.parametrize("once", [False, True])
def test_what_asks_for_something_now_says_so_to_those_who_remember_events(once: bool) -> None:
    audience, clear, masked = masking()
    audience.publish_by(lambda seat: None, lambda kind: Told("f", {"secret": "123456"}, once))
    assert [viewer.outgoing[0].once for viewer in (clear, masked)] == [once, once]
    assert masked.outgoing[0].message["data"] == {"secret": "[number]"}


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


def test_when_a_call_is_over_nothing_waits_for_places_any_more() -> None:
    audience = Audience()
    viewer = watching(audience)
    first = audience.reserve()
    audience.publish("second")
    third = audience.reserve()
    audience.publish("fourth")
    audience.fill(third, partial(audience.publish, "third"))
    audience.release()
    audience.publish("last")
    audience.fill(first, partial(audience.publish, "too late"))
    assert viewer.types == ["second", "third", "fourth", "last"]


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


class Broken(Redactor):
    """Fails at whatever it is asked."""

    def mask_data(self, value: Any) -> Any:
        raise RecursionError


def masking(redactor: Redactor | None = None) -> tuple[Audience, FakeViewer, FakeViewer]:
    """An audience of two: one sees everything, the other no long numbers."""
    audience = Audience()
    audience.redactor = redactor or Redactor(kinds=["digits"])
    return audience, watching(audience, "clear"), watching(audience, "masked", sees_sensitive=False)


def test_who_may_not_see_what_is_sensitive_gets_the_same_message_masked() -> None:
    audience, clear, masked = masking()
    audience.publish("server-message", {"pin": "no. 123456", "other": [7]})
    assert clear.got == [{"type": "server-message", "data": {"pin": "no. 123456", "other": [7]}}]
    assert masked.got == [{"type": "server-message", "data": {"pin": "no. [number]", "other": [7]}}]
    assert (clear.outgoing[0].seq, masked.outgoing[0].seq) == (1, 1)


def test_each_variant_is_serialised_once_for_all_who_get_it() -> None:
    audience, clear, masked = masking()
    also_clear, also_masked = watching(audience, "c"), watching(audience, "m", sees_sensitive=False)
    audience.publish("server-message", "123456")
    assert clear.outgoing[0] is also_clear.outgoing[0]
    assert masked.outgoing[0] is also_masked.outgoing[0]
    assert clear.outgoing[0] is not masked.outgoing[0]


def test_a_message_without_anything_sensitive_is_one_for_all() -> None:
    audience, clear, masked = masking()
    audience.publish("server-message", {"a": (1, "b")})
    audience.publish("user-started-speaking")
    audience.publish("server-message", {"a": [1, "b"]})
    assert [one is other for one, other in zip(clear.outgoing, masked.outgoing, strict=True)] == [True, True, True]


def test_answers_and_variants_by_level_are_masked_too() -> None:
    audience, _, masked = masking()
    audience.send(audience.seats["masked"], "action-response", {"result": "123456"}, answers="123456")
    audience.send(None, "error", {"error": "123456"})
    audience.publish_by(lambda seat: None, lambda kind: Told("llm-function-call-stopped", {"result": "123456"}))
    answer, error, call = masked.got
    assert answer == {"type": "action-response", "id": "123456", "data": {"result": "[number]"}}
    assert (error["data"], call["data"]) == ({"error": "[number]"}, {"result": "[number]"})


def test_an_applications_own_object_is_masked_as_the_text_that_it_is_sent_as() -> None:
    class Customer:
        def __str__(self) -> str:
            return "no. 123456"

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    audience, clear, masked = masking()
    audience.publish("server-message", Customer())
    assert (clear.got[0]["data"], masked.got[0]["data"]) == ("no. 123456", "no. [number]")


def test_a_message_may_bring_its_masked_form_or_be_withheld() -> None:
    audience, clear, masked = masking()
    audience.publish("bot-llm-text", {"text": "12"}, mask=lambda: WITHHELD)
    audience.publish("bot-llm-text", {"text": "3456"}, mask=lambda: {"text": "[number]"})
    audience.publish("bot-llm-text", {"text": "!"}, to=audience.masks)
    assert [each["data"]["text"] for each in clear.got] == ["12", "3456"]
    assert [each["data"]["text"] for each in masked.got] == ["[number]", "!"]
    assert [each.seq for each in masked.outgoing] == [2, 3]


def test_no_masked_form_is_made_when_nobody_needs_it() -> None:
    def never() -> Any:
        raise AssertionError

    audience = Audience()
    one, other = watching(audience, "one"), watching(audience, "other", sees_sensitive=False)
    audience.publish("event", {"text": "123456"}, mask=never)
    assert one.outgoing[0] is other.outgoing[0]
    audience.redactor = Redactor(kinds=["digits"])
    audience.leave(other)
    audience.publish("event", {"text": "123456"}, mask=never)
    assert one.got[1]["data"] == {"text": "123456"}


@pytest.mark.parametrize("broken", ["the redactor", "the message's own form"])
def test_when_masking_fails_an_event_is_withheld_and_never_sent_as_it_is(broken: str) -> None:
    def fails() -> Any:
        raise ValueError

    audience, clear, masked = masking(Broken(kinds=["digits"]))
    audience.publish("server-message", "123456", mask=None if broken == "the redactor" else fails)
    audience.publish("user-started-speaking")
    assert (clear.types, masked.types) == (["server-message", "user-started-speaking"], ["user-started-speaking"])


def test_when_masking_fails_an_answer_says_so_and_a_handshake_goes_on() -> None:
    audience, _, masked = masking(Broken(kinds=["digits"]))
    seat = audience.seats["masked"]
    audience.send(seat, "bot-ready", {"version": "2.1.0", "config": ["123456"]}, answers="1")
    audience.send(seat, "server-response", {"t": "ask", "d": "123456"}, answers="2")
    withheld = {"error": "The answer could not be masked and was withheld."}
    assert masked.got == [
        {"type": "bot-ready", "id": "1", "data": {"version": "2.1.0"}},
        {"type": "error-response", "id": "2", "data": withheld},
    ]
