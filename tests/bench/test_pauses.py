"""Noises that are heard and are no words."""

from appliance.bench.pauses import noises


def test_every_noise_can_be_heard() -> None:
    assert [(sound.label, sound.end > 0) for sound in noises()] == [
        ("beep", True), ("clicks", True), ("breath", True), ("burst", True)
    ]  # fmt: skip
