import pytest

from appliance.audio.turn import TurnDecision, TurnParams, TurnTaking

STARTED, STOPPED = TurnDecision.STARTED, TurnDecision.STOPPED


def turns(**params: float | int) -> TurnTaking:
    return TurnTaking(TurnParams(**params))  # type: ignore[arg-type]


def in_a_turn(**params: float | int) -> TurnTaking:
    turn = turns(**params)
    turn.voice_started()
    assert turn.hear(True, 0.2, 0.0) is STARTED
    return turn


def test_a_voice_begins_a_turn_while_the_bot_is_silent() -> None:
    assert turns().hear(True, 0.01, 0.0) is STARTED


def test_silence_ends_a_turn_when_it_is_long_enough() -> None:
    turn = in_a_turn(silence_secs=0.45)
    assert [turn.hear(False, 0.5, silence) for silence in (0.2, 0.44, 0.45, 0.46)] == [None, None, STOPPED, None]


def test_a_complete_expected_answer_needs_less_silence() -> None:
    turn = in_a_turn(silence_secs=0.45, expected_silence_secs=0.2)
    turn.transcribed("yes", complete=True)
    assert turn.hear(False, 0.5, 0.2) is STOPPED


def test_more_speech_makes_the_complete_answer_incomplete_again() -> None:
    turn = in_a_turn(silence_secs=0.45, expected_silence_secs=0.2)
    turn.transcribed("yes", complete=True)
    turn.voice_started()
    assert turn.hear(False, 0.5, 0.3) is None


def test_short_speech_does_not_interrupt_the_bot() -> None:
    turn = turns(interrupt_after_secs=0.25)
    turn.bot_speaking = True
    assert turn.hear(True, 0.24, 0.0) is None


def test_speech_of_the_given_length_interrupts_the_bot() -> None:
    turn = turns(interrupt_after_secs=0.25)
    turn.bot_speaking = True
    assert turn.hear(True, 0.25, 0.0) is STARTED


def test_with_a_number_of_words_set_length_alone_never_interrupts() -> None:
    turn = turns(interrupt_words=2)
    turn.bot_speaking = True
    turn.voice_started()
    assert turn.hear(True, 5.0, 0.0) is None
    turn.transcribed("mm", complete=False)
    assert turn.hear(True, 5.0, 0.0) is None
    turn.transcribed("no wait", complete=False)
    assert turn.hear(True, 5.0, 0.0) is STARTED


def test_speech_that_outlasts_the_bot_becomes_a_turn() -> None:
    turn = turns(interrupt_after_secs=0.25)
    turn.bot_speaking = True
    assert turn.hear(True, 0.1, 0.0) is None
    turn.bot_speaking = False
    assert turn.hear(True, 0.12, 0.0) is STARTED


def test_an_endless_utterance_is_ended_and_then_ignored_until_it_pauses() -> None:
    turn = in_a_turn(longest_utterance_secs=15)
    assert turn.hear(True, 14.9, 0.0) is None
    assert turn.hear(True, 15.0, 0.0) is STOPPED
    assert turn.hear(True, 16.0, 0.0) is None
    assert turn.hear(False, 16.0, 0.2) is None
    assert turn.hear(True, 0.2, 0.0) is STARTED


def test_an_endless_utterance_is_listened_to_again_after_its_pause() -> None:
    turn = in_a_turn(longest_utterance_secs=15)
    assert turn.hear(True, 15.0, 0.0) is STOPPED
    turn.voice_started()
    assert turn.hear(True, 0.2, 0.0) is STARTED


def test_rests_do_not_let_an_utterance_go_on_for_ever() -> None:
    turn = in_a_turn(longest_utterance_secs=15)
    for _ in range(2):
        assert turn.hear(True, 6.0, 0.0) is None
        turn.voice_started()
    assert [turn.hear(True, secs, 0.0) for secs in (2.9, 3.0)] == [None, STOPPED]


def test_the_length_of_one_turn_does_not_count_in_the_next() -> None:
    turn = in_a_turn(longest_utterance_secs=15, silence_secs=0.45)
    assert turn.hear(True, 14.0, 0.0) is None
    assert turn.hear(False, 0.0, 0.45) is STOPPED
    turn.voice_started()
    assert turn.hear(True, 0.2, 0.0) is STARTED
    assert turn.hear(True, 14.0, 0.0) is None


def test_words_that_are_known_only_after_the_voice_paused_interrupt_too() -> None:
    turn = turns(interrupt_words=2)
    turn.bot_speaking = True
    turn.voice_started()
    assert turn.hear(True, 0.8, 0.0) is None
    turn.transcribed("no wait", complete=False)
    assert turn.hear(False, 0.0, 0.3) is STARTED


def test_a_transcript_that_comes_late_begins_no_turn_while_the_bot_is_silent() -> None:
    turn = in_a_turn(interrupt_words=2)
    assert turn.hear(False, 0.0, 0.45) is STOPPED
    turn.transcribed("no wait", complete=False)
    assert turn.hear(False, 0.0, 0.6) is None


@pytest.mark.parametrize("name", ["silence_secs", "expected_silence_secs", "longest_utterance_secs"])
def test_times_must_be_positive(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is 0, but must be greater than 0$"):
        TurnParams(**{name: 0})
