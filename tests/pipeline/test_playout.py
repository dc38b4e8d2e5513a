import pytest

from appliance.clock import ManualClock
from appliance.pipeline.playout import Playout


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100.0)


@pytest.fixture
def playout(clock: ManualClock) -> Playout[str]:
    return Playout(clock)


def test_audio_plays_by_the_clock_until_it_has_all_been_played(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(2.0)
    clock.advance(0.5)
    assert (playout.position, playout.lead) == (0.5, 1.5)
    clock.advance(5)
    assert (playout.position, playout.lead) == (2.0, 0.0)


def test_audio_after_a_pause_begins_when_it_is_written(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    clock.advance(10)
    playout.add_audio(1.0)
    clock.advance(0.25)
    assert playout.position == 1.25


def test_things_are_due_when_their_position_has_been_heard_in_order(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add("begins")
    playout.add_audio(1.0)
    playout.add("ends")
    playout.add("word", position=0.4)
    assert playout.take_due() == ["begins"]
    clock.advance(0.4)
    assert playout.take_due() == ["word"]
    assert playout.next_due(idle=True) == pytest.approx(0.6)
    clock.advance(0.6)
    assert (playout.take_due(), playout.take_due()) == (["ends"], [])


def test_what_nobody_minds_sets_no_timer(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    playout.add("word", position=0.4, idle=True)
    playout.add("ends")
    assert playout.next_due(idle=False) == pytest.approx(1.0)
    assert playout.next_due(idle=True) == pytest.approx(0.4)


def test_a_confirmed_thing_waits_for_its_mark(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    name = playout.mark()
    playout.add("hang up", confirmed=True)
    clock.advance(1.2)
    assert playout.take_due() == []
    assert name is not None
    assert playout.marked(name)
    assert playout.take_due() == ["hang up"]


def test_a_mark_that_never_returns_is_waited_for_one_second(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    playout.mark()
    playout.add("hang up", confirmed=True)
    clock.advance(1.99)
    assert playout.take_due() == []
    clock.advance(0.02)
    assert playout.take_due() == ["hang up"]


def test_without_marks_the_clock_is_believed(clock: ManualClock) -> None:
    playout: Playout[str] = Playout(clock, marks=False)
    playout.add_audio(1.0)
    assert playout.mark() is None
    playout.add("hang up", confirmed=True)
    clock.advance(1.0)
    assert playout.take_due() == ["hang up"]


def test_a_mark_puts_the_clock_right(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    name = playout.mark()
    playout.add_audio(1.0)
    clock.advance(1.3)
    assert playout.position == pytest.approx(1.3)
    assert name is not None
    playout.marked(name)
    assert playout.position == pytest.approx(1.0)


def test_clear_gives_what_was_heard_and_what_was_not(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    for word, at in (("one", 0.2), ("two", 0.5), ("three", 0.8)):
        playout.add(word, position=at)
    playout.add("end", confirmed=True)
    clock.advance(0.6)
    assert playout.clear() == (["one", "two"], ["three", "end"])
    assert (playout.lead, playout.take_due()) == (0.0, [])


def test_a_mark_that_returns_after_a_clear_proves_nothing(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    name = playout.mark()
    clock.advance(0.1)
    playout.clear()
    assert name is not None
    assert not playout.marked(name)
    assert playout.position == pytest.approx(0.1)


def test_marks_are_not_sent_twice_for_the_same_position(playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    assert (playout.mark(), playout.mark()) == ("g0-1", None)


def test_marks_that_never_return_are_forgotten_but_for_the_latest(playout: Playout[str]) -> None:
    names = []
    for _ in range(1000):
        playout.add_audio(1.0)
        names.append(playout.mark())
    assert len(set(names)) == 1000
    assert list(playout._sent_marks) == names[-64:]


def test_marks_that_return_leave_nothing_behind(playout: Playout[str]) -> None:
    for _ in range(3):
        playout.add_audio(1.0)
        name = playout.mark()
        assert name is not None
        assert (playout.marked(name), playout.marked(name)) == (True, False)
    assert playout._sent_marks == {}


def test_silence_counts_from_the_end_of_the_audio(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(1.0)
    clock.advance(0.75)
    assert (playout.silent_secs, playout.is_idle) == (0.0, True)
    playout.add("word")
    clock.advance(0.75)
    assert (playout.silent_secs, playout.is_idle) == (0.5, False)


def test_a_position_may_lie_in_audio_that_is_still_to_be_written(clock: ManualClock, playout: Playout[str]) -> None:
    playout.add_audio(0.5)
    playout.add("word", position=0.75)
    clock.advance(2.0)
    assert playout.take_due() == []
    playout.add_audio(0.5)
    clock.advance(0.25)
    assert playout.take_due() == ["word"]
