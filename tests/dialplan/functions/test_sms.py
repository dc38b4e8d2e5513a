"""What a dialplan may say of text messages."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan.functions.sms import Sms


def test_a_message_goes_to_the_caller_unless_it_says_whom_to() -> None:
    assert Sms.model_validate({"text": "Hi."}).to == "{{ caller }}"
    assert Sms.model_validate({"text": "Hi.", "to": "+1 555 555 0177"}).to == "+15555550177"


@pytest.mark.parametrize("wrong", [{"to": "5550177"}, {"to": "anybody"}, {"from": "Acme"}, {"from": "{{ x }}"}])
def test_numbers_are_written_with_their_country(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected a telephone number with \\+ and country code"):
        Sms.model_validate({"text": "Hi.", **wrong})


def test_its_texts_have_gaps_that_are_checked() -> None:
    sms = Sms.model_validate({"text": "Order {{ order }}.", "to": "{{ number }}"})
    assert list(sms.filled()) == [
        (("to",), "{{ number }}", frozenset()),
        (("text",), "Order {{ order }}.", frozenset()),
    ]
