"""[dialplans]."""

from pathlib import Path

from appliance.settings import DialplanSettings


def test_by_default_the_examples_of_the_checkout_are_served() -> None:
    path = Path(__file__).parents[2] / DialplanSettings().path
    assert (path / "reception.yaml").is_file()
