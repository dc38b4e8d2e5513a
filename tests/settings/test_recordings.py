import pytest
from pydantic import ValidationError

from appliance.settings import RecordingSettings


def test_sound_is_kept_for_thirty_days_and_never_fills_the_disk() -> None:
    assert RecordingSettings().model_dump() == {"keep_days": 30, "max_megabytes": 10_000, "min_free_megabytes": 200}


@pytest.mark.parametrize("wrong", [{"keep_days": -1}, {"max_megabytes": 0}, {"min_free_megabytes": -1}])
def test_less_than_nothing_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        RecordingSettings.model_validate(wrong)
