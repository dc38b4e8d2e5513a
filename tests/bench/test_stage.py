"""What the bench's callers say, and how its figures are taken."""

from appliance.bench.stage import percentile, question_and_answer, spoken
from appliance.simulator import Sound, Speak, Wait


def test_a_number_is_spoken_digit_by_digit() -> None:
    assert spoken("4071") == "four zero seven one"


def test_a_caller_lets_the_bot_finish_before_each_answer_and_at_the_end() -> None:
    sound = Sound.silence(0.1)
    assert question_and_answer([sound, sound]) == [Wait(), Speak(sound), Wait(), Speak(sound), Wait()]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([1.0, 2.0, 9.0], share) for share in (0, 50, 95)] == [1.0, 2.0, 9.0]
