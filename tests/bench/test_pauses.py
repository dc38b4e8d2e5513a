"""Noises that are heard and are no words, and numbers that are understood or not."""

from appliance.bench.pauses import noises, understood


def test_every_noise_can_be_heard() -> None:
    assert [(sound.label, sound.end > 0) for sound in noises()] == [
        ("beep", True), ("clicks", True), ("breath", True), ("burst", True)
    ]  # fmt: skip


def test_a_number_is_understood_once_however_often_it_is_read_back() -> None:
    said = ["I heard 4, 7, 1, 1.", "I heard 4, 7, 1, 1.", "Please say it again.", "I heard 2, 5, 8, 0."]
    record = [{"who": "bot", "text": text} for text in said]
    assert understood(["4711", "2580", "3069"], [*record, {"who": "caller", "text": "3, 0, 6, 9"}]) == 2
