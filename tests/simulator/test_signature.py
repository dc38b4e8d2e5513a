"""Our signatures, judged by the carrier's own package."""

import pytest
from twilio.request_validator import RequestValidator

from appliance.simulator.signature import sign

TOKEN = "12345678901234567890123456789012"
FORM = {"CallSid": "CA1", "From": "+15550100", "Blank": "", "Digits": "1 2&3=ü"}


def test_the_documents_own_example_gives_the_documents_signature() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, parameters) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "url",
    ["https://bot.example.com/twilio/voice", "https://bot.example.com/v?a=%20b&c=+d", "http://127.0.0.1:8080/voice"],
)
def test_a_signed_webhook_is_accepted_by_the_carriers_validator(url: str) -> None:
    validator = RequestValidator(TOKEN)
    assert validator.validate(url, FORM, sign(TOKEN, url, FORM)) is True
    assert validator.validate(url, FORM | {"From": "+1666"}, sign(TOKEN, url, FORM)) is False
    assert RequestValidator("other").validate(url, FORM, sign(TOKEN, url, FORM)) is False


def test_a_handshake_is_signed_over_the_wss_address_without_parameters() -> None:
    signature = sign(TOKEN, "wss://bot.example.com/twilio/media")
    validator = RequestValidator(TOKEN)
    assert validator.validate("wss://bot.example.com/twilio/media", {}, signature) is True
    assert validator.validate("https://bot.example.com/twilio/media", {}, signature) is False
