"""Whether a caller heard the right answer is decided by the recording."""

import numpy as np

from appliance.bench.crowd import ALIKE, decode_pcm, likeness

RANDOM = np.random.default_rng(1)
ONE, OTHER = RANDOM.normal(0, 1000, 4000), RANDOM.normal(0, 1000, 4000)


def test_what_was_said_is_found_wherever_it_lies_and_however_loud() -> None:
    heard = np.concatenate((np.zeros(1234), ONE * 0.3, np.zeros(500)))
    assert likeness(heard, ONE) > 0.999
    assert likeness(heard, OTHER) < ALIKE


def test_nothing_is_like_what_is_longer_or_silent() -> None:
    assert likeness(ONE[:100], ONE) == 0.0
    assert likeness(ONE, np.zeros(100)) == 0.0


def test_silence_at_both_ends_is_left_out() -> None:
    assert decode_pcm(np.array([0, 5, 400, 7, -400, 0], np.int16).tobytes()).tolist() == [400, 7, -400]
