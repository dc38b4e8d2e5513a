"""What a dialplan may say of handing callers over."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan.transfer import Transfer, TransferPlan, TransferTo


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"to": "+15555550177", "ring_secs": 4}, "greater than or equal to 5"),
        ({"to": "+15555550177", "ring_secs": 601}, "ring_secs 601, expected at most 600 for a telephone"),
        ({"to": "queue:a", "ring_secs": 3601}, "less than or equal to 3600"),
        ({"to": "queue:a", "warm": {"summary": "Hi."}}, "nobody in a queue can be told first"),
        ({"to": "+15555550177", "warm": {}}, "tells nothing, expected `summary` in `warm`"),
        ({"to": "+15555550177", "warm": {"summary": "{{ x"}}, "summary"),
    ],
)
def test_what_cannot_be_done_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TransferTo.model_validate(said)
    assert why in str(caught.value)


def test_a_model_may_find_the_words_for_a_person() -> None:
    assert TransferPlan.model_validate({"to": "+15555550177", "warm": {}}).warm is not None


def test_a_queue_is_waited_in_longer_than_a_telephone_rings() -> None:
    assert TransferTo.model_validate({"to": "queue:a", "ring_secs": 3600}).ring_secs == 3600


def test_it_rings_25_seconds_where_nobody_says() -> None:
    assert (Transfer("+1555").rings_secs, Transfer("+1555", 40).rings_secs) == (25, 40)
    assert (Transfer("+1555").is_warm, Transfer("+1555", summary="Hi.").is_warm) == (False, True)
