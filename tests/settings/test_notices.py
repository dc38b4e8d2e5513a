import pytest
from pydantic import ValidationError

from appliance.settings import NoticeSettings


def test_nobody_is_given_up_quickly_and_the_secret_is_not_shown() -> None:
    assert NoticeSettings().tries == 12
    assert "sixteen letters!" not in repr(NoticeSettings.model_validate({"webhook_secret": "sixteen letters!"}))


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"webhook_secret": "short"}])
def test_what_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NoticeSettings.model_validate(wrong)
