"""What a voice webhook is answered with."""

import pytest

from appliance.carriers.twilio.answers import (
    APOLOGY,
    NOT_IN_SERVICE,
    Answer,
    Busy,
    CallState,
    ConnectStream,
    Dial,
    Ending,
    HangUp,
    Plan,
    Stream,
    decide,
    document,
    remember,
)
from appliance.clock import ManualClock

SORRY = Plan("Sorry.")
FALLBACK = Plan("Sorry.", "+15551230009")
LIVE = CallState(Stream.LIVE)
ONE, TWO, THREE = [940.1], [940.1, 999.0], [940.1, 999.0, 1000.0]
PERSON = "+15551230001"

TABLE: list[tuple[CallState | None, Plan | None, bool, Answer]] = [
    # Asked for the first time.
    (None, SORRY, False, ConnectStream()),
    (None, FALLBACK, False, ConnectStream()),
    (None, None, False, HangUp(NOT_IN_SERVICE)),
    (None, SORRY, True, HangUp("Sorry.")),
    (None, FALLBACK, True, Dial("+15551230009", "Sorry.")),
    (None, None, True, Busy()),
    # Asked twice while the stream is on its way, or live.
    (CallState(), SORRY, False, ConnectStream()),
    (LIVE, SORRY, False, ConnectStream()),
    (LIVE, SORRY, True, ConnectStream()),
    (LIVE, None, False, ConnectStream()),
    (CallState(Stream.LIVE, reconnected_at=THREE), SORRY, False, ConnectStream()),
    # The stream is lost.
    (CallState(Stream.LOST), SORRY, False, ConnectStream()),
    (CallState(Stream.LOST), SORRY, True, ConnectStream()),
    (CallState(Stream.LOST, reconnected_at=ONE), SORRY, False, ConnectStream()),
    (CallState(Stream.LOST, reconnected_at=TWO), SORRY, False, ConnectStream()),
    (CallState(Stream.LOST, reconnected_at=THREE), SORRY, False, HangUp("Sorry.")),
    (CallState(Stream.LOST, reconnected_at=THREE), FALLBACK, False, Dial("+15551230009", "Sorry.")),
    (CallState(Stream.LOST, reconnected_at=THREE), None, False, HangUp(APOLOGY)),
    (CallState(Stream.LOST, reconnected_at=[940.0, 999.0, 1000.0]), SORRY, False, ConnectStream()),
    # It never came about.
    (CallState(Stream.AWAITED, reconnected_at=THREE), SORRY, False, HangUp("Sorry.")),
    # The call was wanted to end.
    (CallState(Stream.LIVE, Ending()), SORRY, False, HangUp()),
    (CallState(Stream.LOST, Ending()), SORRY, False, HangUp()),
    (CallState(Stream.LOST, Ending(), reconnected_at=THREE), FALLBACK, True, HangUp()),
    (CallState(Stream.LOST, Ending(apology=True)), SORRY, False, HangUp("Sorry.")),
    (CallState(Stream.LOST, Ending(apology=True)), None, False, HangUp(APOLOGY)),
    (CallState(Stream.LOST, Ending(PERSON)), SORRY, False, Dial(PERSON)),
    (CallState(Stream.LIVE, Ending(PERSON)), SORRY, False, Dial(PERSON)),
    (CallState(Stream.LOST, Ending(PERSON, apology=True)), SORRY, False, Dial(PERSON, "Sorry.")),
    # It was ended or passed on already.
    (CallState(Stream.LOST, Ending(PERSON), passed_on=True), SORRY, False, HangUp()),
    (CallState(Stream.LOST, passed_on=True), FALLBACK, False, HangUp()),
]


@pytest.mark.parametrize(("call", "plan", "draining", "answer"), TABLE, ids=range(len(TABLE)))
def test_a_call_is_answered_by_its_state(
    call: CallState | None, plan: Plan | None, draining: bool, answer: Answer
) -> None:
    assert decide(call, plan, draining=draining, now=1000.0) == answer


def ask(call: CallState, clock: ManualClock, plan: Plan = FALLBACK) -> Answer:
    answer = decide(call, plan, draining=False, now=clock())
    remember(call, answer, clock())
    return answer


def test_a_lost_stream_comes_back_three_times_a_minute_and_then_a_person_takes_over() -> None:
    clock, call = ManualClock(), CallState(Stream.LIVE)
    for _ in range(3):
        call.stream = Stream.LOST
        assert ask(call, clock) == ConnectStream()
        assert call.stream is Stream.AWAITED
        call.stream = Stream.LIVE
        clock.advance(10)
    call.stream = Stream.LOST
    assert ask(call, clock) == Dial("+15551230009", "Sorry.")
    assert ask(call, clock) == HangUp()


def test_a_minute_later_a_lost_stream_may_come_back_again() -> None:
    clock, call = ManualClock(), CallState(Stream.LIVE)
    for _ in range(20):
        call.stream = Stream.LOST
        assert ask(call, clock) == ConnectStream()
        clock.advance(20)
    assert len(call.reconnected_at) == 3


def test_a_stream_that_never_comes_about_does_not_go_on_for_ever() -> None:
    clock, call = ManualClock(), CallState()
    answers = [ask(call, clock, SORRY) for _ in range(5)]
    assert answers == [*[ConnectStream()] * 3, HangUp("Sorry."), HangUp()]


def test_asking_again_for_a_live_call_costs_none_of_its_chances() -> None:
    clock, call = ManualClock(), CallState(Stream.LIVE)
    assert [ask(call, clock) for _ in range(10)] == [ConnectStream()] * 10
    assert call == CallState(Stream.LIVE)


def test_when_the_call_comes_back_from_a_transfer_it_ends() -> None:
    clock, call = ManualClock(), CallState(Stream.LOST, Ending(PERSON))
    assert [ask(call, clock), ask(call, clock)] == [Dial(PERSON), HangUp()]


DOCUMENTS = [
    (ConnectStream(), "<a stream>"),
    (HangUp(), "<Hangup />"),
    (HangUp("Bye."), "<Say>Bye.</Say><Hangup />"),
    (Dial(PERSON, "Sorry."), f'<Say>Sorry.</Say><Dial timeout="25">{PERSON}</Dial>'),
    (Busy(), '<Reject reason="busy" />'),
]


@pytest.mark.parametrize(("answer", "verbs"), DOCUMENTS)
def test_an_answer_is_a_document(answer: Answer, verbs: str) -> None:
    text = document(answer, lambda: "<a stream>")
    assert text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>') in (verbs, f"<Response>{verbs}</Response>")
