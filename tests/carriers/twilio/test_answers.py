"""What a voice webhook is answered with."""

import pytest

from appliance.carriers.twilio.answers import (
    APOLOGY,
    NOT_IN_SERVICE,
    NOT_TAKEN,
    Answer,
    Busy,
    CallState,
    ConnectStream,
    Ending,
    HangUp,
    PassOn,
    Plan,
    Stream,
    decide,
    document,
    remember,
)
from appliance.carriers.twilio.results import TransferResult
from appliance.carriers.twilio.twiml import Places
from appliance.clock import ManualClock
from appliance.dialplan.transfer import Transfer

SORRY = Plan("Sorry.")
FALLBACK = Plan("Sorry.", "+15551230009")
LIVE = CallState(Stream.LIVE)
ONE, TWO, THREE = [940.1], [940.1, 999.0], [940.1, 999.0, 1000.0]
PERSON = "+15551230001"
AWAY = CallState(Stream.LOST, transfer=Transfer(PERSON, 40))
PLACES = Places("https://h/voice", "https://h/leg", "https://h/wait")

TABLE: list[tuple[CallState | None, Plan | None, bool, Answer]] = [
    # Asked for the first time.
    (None, SORRY, False, ConnectStream()),
    (None, FALLBACK, False, ConnectStream()),
    (None, None, False, HangUp(NOT_IN_SERVICE)),
    (None, SORRY, True, HangUp("Sorry.")),
    (None, FALLBACK, True, PassOn(Transfer("+15551230009"), "Sorry.")),
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
    (CallState(Stream.LOST, reconnected_at=THREE), FALLBACK, False, PassOn(Transfer("+15551230009"), "Sorry.")),
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
    (CallState(Stream.LOST, Ending(PERSON)), SORRY, False, PassOn(Transfer(PERSON))),
    (CallState(Stream.LIVE, Ending(PERSON)), SORRY, False, PassOn(Transfer(PERSON))),
    (CallState(Stream.LOST, Ending(PERSON, apology=True)), SORRY, False, PassOn(Transfer(PERSON), "Sorry.")),
    # It was ended or passed on already.
    (CallState(Stream.LOST, Ending(PERSON), passed_on=True), SORRY, False, HangUp()),
    (CallState(Stream.LOST, passed_on=True), FALLBACK, False, HangUp()),
]


OUTCOMES: list[tuple[CallState | None, Plan | None, TransferResult | None, Answer]] = [
    # On the way to somebody else: asked what to do, and asked again.
    (AWAY, FALLBACK, None, PassOn(Transfer(PERSON, 40))),
    # Somebody took the call, or the caller did not wait.
    (AWAY, FALLBACK, TransferResult.ANSWERED, HangUp()),
    (AWAY, FALLBACK, TransferResult.CALLER_LEFT, HangUp()),
    (None, FALLBACK, TransferResult.ANSWERED, HangUp()),
    (None, None, TransferResult.CALLER_LEFT, HangUp()),
    # Nobody took a caller who is known: back to the bot.
    (CallState(Stream.LOST), FALLBACK, TransferResult.BUSY, ConnectStream()),
    (CallState(Stream.LOST, reconnected_at=THREE), SORRY, TransferResult.BUSY, HangUp("Sorry.")),
    # Nobody took a caller whose bot is no more.
    (None, FALLBACK, TransferResult.NO_ANSWER, ConnectStream(NOT_TAKEN)),
    (None, None, TransferResult.NO_ANSWER, HangUp(NOT_TAKEN)),
    (CallState(Stream.LOST, passed_on=True), FALLBACK, TransferResult.NO_ANSWER, HangUp(NOT_TAKEN)),
]


@pytest.mark.parametrize(("call", "plan", "result", "answer"), OUTCOMES, ids=range(len(OUTCOMES)))
def test_what_came_of_a_transfer_says_how_the_call_goes_on(
    call: CallState | None, plan: Plan | None, result: TransferResult | None, answer: Answer
) -> None:
    assert decide(call, plan, draining=False, now=1000.0, result=result) == answer


def test_a_house_that_stops_does_not_begin_again_with_a_caller_whom_nobody_took() -> None:
    answer = decide(None, FALLBACK, draining=True, now=1000.0, result=TransferResult.NO_ANSWER)
    assert answer == PassOn(Transfer("+15551230009"), "Sorry.")


def test_a_transfer_may_be_asked_for_again_until_it_is_known_what_came_of_it() -> None:
    clock, call = ManualClock(), CallState(Stream.LOST, transfer=Transfer(PERSON))
    assert [ask(call, clock), ask(call, clock)] == [PassOn(Transfer(PERSON))] * 2
    assert not call.passed_on


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
    assert ask(call, clock) == PassOn(Transfer("+15551230009"), "Sorry.")
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
    assert [ask(call, clock), ask(call, clock)] == [PassOn(Transfer(PERSON)), HangUp()]


DOCUMENTS = [
    (ConnectStream(), "<a stream>None"),
    (ConnectStream("Sorry."), "<a stream>Sorry."),
    (HangUp(), "<Hangup />"),
    (HangUp("Bye."), "<Say>Bye.</Say><Hangup />"),
    (
        PassOn(Transfer(PERSON), "Sorry."),
        '<Say>Sorry.</Say><Dial action="https://h/voice" method="POST" timeout="25">'
        f'<Number statusCallback="https://h/leg" statusCallbackEvent="answered completed">{PERSON}</Number></Dial>',
    ),
    (Busy(), '<Reject reason="busy" />'),
]


@pytest.mark.parametrize(("answer", "verbs"), DOCUMENTS)
def test_an_answer_is_a_document(answer: Answer, verbs: str) -> None:
    text = document(answer, PLACES, lambda say: f"<a stream>{say}")
    assert text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>') in (verbs, f"<Response>{verbs}</Response>")
