"""TwiML documents, whole."""

import pytest

from appliance.carriers.twilio import twiml

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
    (twiml.dial("+15551230001"), '<Dial timeout="25">+15551230001</Dial>'),
    (
        twiml.dial("+15551230001", caller_id="+15551230002", timeout_secs=10, say="One moment."),
        '<Say>One moment.</Say><Dial callerId="+15551230002" timeout="10">+15551230001</Dial>',
    ),
    (twiml.busy(), '<Reject reason="busy" />'),
]


@pytest.mark.parametrize(("document", "verbs"), DOCUMENTS)
def test_a_document_says_exactly_what_is_to_be_done(document: str, verbs: str) -> None:
    assert document == f"{HEAD}<Response>{verbs}</Response>"
