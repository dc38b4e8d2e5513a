"""[twilio]."""

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import TwilioSettings


def test_without_credentials_there_are_none() -> None:
    assert (TwilioSettings().account_sid, TwilioSettings().auth_token) == (None, None)


def test_the_auth_token_does_not_show() -> None:
    assert "s3cret" not in repr(TwilioSettings(auth_token=SecretStr("s3cret")))


@pytest.mark.parametrize("sid", ["", "AC", "AC" + "g" * 32, "SK" + "0" * 32, "AC" + "0" * 33])
def test_what_is_no_account_is_refused(sid: str) -> None:
    with pytest.raises(ValidationError):
        TwilioSettings(account_sid=sid)


def test_the_api_address_is_kept_without_trailing_slash() -> None:
    assert TwilioSettings(api_base="http://127.0.0.1:4010/").api_base == "http://127.0.0.1:4010"


def test_our_number_is_e164_however_it_is_written() -> None:
    assert TwilioSettings.model_validate({"number": "+1 (555) 555-0100"}).number == "+15555550100"
    with pytest.raises(ValidationError, match="expected a telephone number with"):
        TwilioSettings.model_validate({"number": "5550100"})
