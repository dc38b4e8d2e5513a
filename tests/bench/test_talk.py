"""Waits are counted in milliseconds, and what could not be measured is said."""

import math

from appliance.bench.talk import Waits, waits


def test_what_was_tried_and_not_measured_is_missing() -> None:
    assert waits("gap", [0.3, None, 0.5], 4) == Waits("gap", 2, 500.0, 500.0, 2)


def test_nothing_measured_is_not_a_number() -> None:
    assert math.isnan(waits("gap", [], 1).p50_ms)
