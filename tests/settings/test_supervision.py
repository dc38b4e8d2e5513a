"""[supervision]."""

import pytest
from pydantic import ValidationError

from appliance.settings import SupervisionSettings


def test_a_call_stays_open_to_viewers_for_a_moment_after_its_end() -> None:
    assert SupervisionSettings().linger_secs == 5


@pytest.mark.parametrize("name", ["max_viewers", "max_viewers_per_call", "queue_messages"])
def test_limits_of_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        SupervisionSettings(**{name: 0})
