"""TwiML documents, as the carrier reads them."""

import pytest

from appliance.simulator.twiml import TwimlError, Verb, parse


def test_verbs_come_in_order_with_their_attributes_text_and_nouns() -> None:
    document = """<?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <!-- first the stream -->
      <Connect action="/done"><Stream url="wss://h/m"><Parameter name="token" value="a&amp;b"/></Stream></Connect>
      <Say> We are sorry. </Say>
      <Dial timeout="25"><Number>+15550100</Number></Dial>
    </Response>"""
    stream = Verb("Stream", {"url": "wss://h/m"}, "", (Verb("Parameter", {"name": "token", "value": "a&b"}),))
    assert parse(document) == [
        Verb("Connect", {"action": "/done"}, "", (stream,)),
        Verb("Say", {}, "We are sorry."),
        Verb("Dial", {"timeout": "25"}, "", (Verb("Number", {}, "+15550100"),)),
    ]


def test_an_empty_response_has_no_verbs() -> None:
    assert parse("<Response/>") == []


BAD = {
    "": "The TwiML is not XML: no element found: line 1, column 0.",
    "<Response>": "The TwiML is not XML: no element found: line 1, column 10.",
    "<response/>": "The TwiML's root is <response>, expected <Response>.",
    '<!DOCTYPE r [<!ENTITY a "">]><Response/>': "The TwiML has a document type declaration, expected none.",
}


@pytest.mark.parametrize(("document", "text"), BAD.items())
def test_what_is_no_twiml_is_refused(document: str, text: str) -> None:
    with pytest.raises(TwimlError) as caught:
        parse(document)
    assert (str(caught.value), caught.value.code) == (text, 12100)
