"""[limits]."""

from appliance.settings import LimitSettings


def test_a_flood_is_more_than_100_undecodable_messages_in_10_seconds() -> None:
    assert (LimitSettings().flood_messages, LimitSettings().flood_secs) == (100, 10)
