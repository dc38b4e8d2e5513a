"""What functions know of their call."""

from appliance.functions import Means, Surroundings


def test_secrets_are_not_among_what_is_written_into_logs() -> None:
    around = Surroundings(call_id="CA1", means=Means({"crm_key": "hush"}))
    assert around.means.secrets["crm_key"] == "hush"
    assert "hush" not in f"{around!r} {around}"


def test_without_a_call_there_are_no_variables() -> None:
    assert Surroundings().variables() == {}
