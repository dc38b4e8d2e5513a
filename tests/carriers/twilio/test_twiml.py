"""TwiML documents, whole."""

import pytest

from appliance.carriers.twilio import twiml
from appliance.carriers.twilio.twiml import Places
from appliance.dialplan.transfer import Transfer

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def test_a_call_gets_a_stream_and_then_asks_again() -> None:
    assert twiml.connect(
        "wss://h/twilio/media",
        "a-token",
        "https://h/twilio/voice",
        status_callback="https://h/twilio/stream",
        parameters={"language": 'e"n'},
    ) == (
        f"{HEAD}<Response><Connect>"
        '<Stream statusCallback="https://h/twilio/stream" url="wss://h/twilio/media">'
        '<Parameter name="language" value="e&quot;n" /><Parameter name="token" value="a-token" />'
        '</Stream></Connect><Redirect method="POST">https://h/twilio/voice</Redirect></Response>'
    )


def test_a_stream_needs_no_more_than_a_token() -> None:
    assert twiml.connect("wss://h/m", "t", "https://h/v?a=1&b=2") == (
        f'{HEAD}<Response><Connect><Stream url="wss://h/m"><Parameter name="token" value="t" /></Stream></Connect>'
        '<Redirect method="POST">https://h/v?a=1&amp;b=2</Redirect></Response>'
    )


def test_no_parameter_takes_the_tokens_place() -> None:
    document = twiml.connect("wss://h/m", "t", "https://h/v", parameters={"token": "another"})
    assert '<Stream url="wss://h/m"><Parameter name="token" value="t" /></Stream>' in document


def test_a_parameter_with_its_name_has_fewer_than_500_characters() -> None:
    assert "x" * 495 in twiml.connect("wss://h/m", "t", "https://h/v", parameters={"name": "x" * 495})
    with pytest.raises(ValueError, match=r"^the stream") as caught:
        twiml.connect("wss://h/m", "t", "https://h/v", parameters={"name": "x" * 496})
    assert str(caught.value) == (
        "the stream parameter 'name' has 500 characters with its value, expected fewer than 500"
    )


DOCUMENTS = [
    (twiml.hang_up(), "<Hangup />"),
    (twiml.hang_up("Bye & <thanks>."), "<Say>Bye &amp; &lt;thanks&gt;.</Say><Hangup />"),
    (twiml.busy(), '<Reject reason="busy" />'),
]


@pytest.mark.parametrize(("document", "verbs"), DOCUMENTS)
def test_a_document_says_exactly_what_is_to_be_done(document: str, verbs: str) -> None:
    assert document == f"{HEAD}<Response>{verbs}</Response>"


PLACES = Places("https://h/voice", "https://h/leg?a=1&b=2", "https://h/wait")
ON = 'statusCallback="https://h/leg?a=1&amp;b=2" statusCallbackEvent="answered completed"'
TO = '<Dial action="https://h/voice" method="POST" timeout='
TRANSFERS = [
    (Transfer("+15551230001"), None, f'{TO}"25"><Number {ON}>+15551230001</Number></Dial>'),
    (
        Transfer("+15551230001", 40),
        "One & moment.",
        f'<Say>One &amp; moment.</Say>{TO}"40"><Number {ON}>+15551230001</Number></Dial>',
    ),
    (Transfer("sip:a&b@h;transport=tls"), None, f'{TO}"25"><Sip {ON}>sip:a&amp;b@h;transport=tls</Sip></Dial>'),
    (Transfer("queue:support"), None, '<Enqueue action="https://h/voice" method="POST">support</Enqueue>'),
    (
        Transfer("queue:support", 60),
        None,
        '<Enqueue action="https://h/voice" method="POST" waitUrl="https://h/wait?secs=60">support</Enqueue>',
    ),
]


@pytest.mark.parametrize(("transfer", "say", "verbs"), TRANSFERS)
def test_a_caller_is_handed_over_and_what_comes_of_it_is_told(transfer: Transfer, say: str | None, verbs: str) -> None:
    assert twiml.transfer(transfer, PLACES, say) == f"{HEAD}<Response>{verbs}</Response>"


def test_when_nobody_is_to_be_told_the_call_ends_with_the_other() -> None:
    document = twiml.transfer(Transfer("+15551230001"), None, "Sorry.")
    assert document == f'{HEAD}<Response><Say>Sorry.</Say><Dial timeout="25">+15551230001</Dial></Response>'


GATHER = '<Gather action="https://h/p?a=1&amp;b=2" method="POST" numDigits="1" timeout="6">'
ASKED = f"{GATHER}<Say>Ann &lt;wants&gt; help.</Say><Say>Press 1 to take the call.</Say></Gather>"
ROOM = '<Conference beep="false" endConferenceOnExit="true" startConferenceOnEnter='
WARM = [
    (
        twiml.wait_in_queue("https://h/hold.wav", 5.0, 12),
        '<Play loop="3">https://h/hold.wav</Play><Leave />',
    ),
    (
        twiml.wait_in_room("a-room", "https://h/voice", "https://h/room"),
        f'<Dial action="https://h/voice" method="POST">{ROOM}"false" statusCallback="https://h/room" '
        'statusCallbackEvent="leave">a-room</Conference></Dial>',
    ),
    (twiml.enter_room("a-room"), f'<Dial>{ROOM}"true">a-room</Conference></Dial>'),
    (twiml.tell("Ann <wants> help.", "https://h/p?a=1&b=2"), f"{ASKED}{ASKED}<Hangup />"),
    (
        twiml.tell_and_enter("Ann <wants> help.", "https://h/p?a=1&b=2"),
        '<Say>Ann &lt;wants&gt; help.</Say><Redirect method="POST">https://h/p?a=1&amp;b=2</Redirect>',
    ),
    (twiml.go_on_at("https://h/voice"), '<Redirect method="POST">https://h/voice</Redirect>'),
    (
        twiml.go_on_at("https://h/voice", "Sorry."),
        '<Say>Sorry.</Say><Redirect method="POST">https://h/voice</Redirect>',
    ),
]


@pytest.mark.parametrize(("document", "verbs"), WARM)
def test_waiting_callers_and_persons_who_are_told_have_documents_of_their_own(document: str, verbs: str) -> None:
    assert document == f"{HEAD}<Response>{verbs}</Response>"


def test_a_stream_may_begin_with_words() -> None:
    assert twiml.connect("wss://h/m", "t", "https://h/v", say="Sorry.").startswith(
        f"{HEAD}<Response><Say>Sorry.</Say><Connect>"
    )
