"""The collector is relaxed for a service that holds hundreds of calls."""

import gc
from collections.abc import Iterator

import pytest

from appliance.ops import collector


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_lives_as_long_as_the_process_is_not_looked_at_again() -> None:
    collector.relax()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == (collector.YOUNG, collector.MIDDLE, collector.OLD)
