import pytest
from pydantic import ValidationError

from appliance.settings import MailSettings


def test_without_a_host_there_is_no_mail_and_with_one_it_is_encrypted() -> None:
    settings = MailSettings()
    assert (settings.host, settings.port, settings.security) == (None, 587, "starttls")


def test_the_password_is_not_shown() -> None:
    assert "hush" not in repr(MailSettings.model_validate({"password": "hush"}))


@pytest.mark.parametrize("wrong", [{"port": 0}, {"security": "ssl"}, {"sender": "nobody"}, {"timeout_secs": 0}])
def test_what_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MailSettings.model_validate(wrong)
