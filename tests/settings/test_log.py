"""[log]."""

from appliance.settings import LogSettings


def test_personal_data_is_not_written_unless_it_is_asked_for() -> None:
    assert LogSettings().personal_data is False
