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
    turn.transcribed("yes", settled=True, complete=True)
    assert turn.hear(False, 0.5, 0.2) is STOPPED


def test_more_speech_makes_the_complete_answer_incomplete_again() -> None:
    turn = in_a_turn(silence_secs=0.45, expected_silence_secs=0.2)
    turn.transcribed("yes", settled=True, complete=True)
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
    turn.transcribed("mm", settled=False)
    assert turn.hear(True, 5.0, 0.0) is None
    turn.transcribed("no wait", settled=False)
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
    turn.transcribed("no wait", settled=False)
    assert turn.hear(False, 0.0, 0.3) is STARTED


def test_a_transcript_that_comes_late_begins_no_turn_while_the_bot_is_silent() -> None:
    turn = in_a_turn(interrupt_words=2)
    assert turn.hear(False, 0.0, 0.45) is STOPPED
    turn.transcribed("no wait", settled=False)
    assert turn.hear(False, 0.0, 0.6) is None


@pytest.mark.parametrize(
    "name", ["silence_secs", "expected_silence_secs", "unfinished_silence_secs", "longest_utterance_secs"]
)
def test_times_must_be_positive(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is 0, but must be greater than 0$"):
        TurnParams(**{name: 0})  # type: ignore[arg-type]


def ends_after(turn: TurnTaking) -> float:
    """Silence that ends the turn, found by letting it grow."""
    return next(tenths / 100 for tenths in range(5, 500, 5) if turn.hear(False, 0.5, tenths / 100) is STOPPED)


@pytest.mark.parametrize(
    ("text", "secs"), [("my number is", 1.2), ("where are you", 0.45), ("I would like a table and", 1.2)]
)
def test_what_is_half_said_is_waited_for_and_not_for_ever(text: str, secs: float) -> None:
    turn = in_a_turn()
    turn.transcribed(text, settled=True)
    assert ends_after(turn) == secs


def test_what_is_half_said_while_the_voice_goes_on_is_of_no_matter() -> None:
    turn = in_a_turn()
    turn.transcribed("my number is", settled=False)
    turn.transcribed("my number is four seven one one", settled=True)
    assert ends_after(turn) == 0.45


def test_an_expected_answer_is_complete_however_it_ends() -> None:
    turn = in_a_turn()
    turn.transcribed("come in", settled=True, complete=True)
    assert ends_after(turn) == 0.2


def test_a_silence_that_is_long_anyway_is_not_made_shorter_by_half_a_sentence() -> None:
    turn = in_a_turn(silence_secs=2.0)
    turn.transcribed("and", settled=True)
    assert ends_after(turn) == 2.0


def test_words_that_are_still_to_come_are_waited_for() -> None:
    turn = in_a_turn()
    turn.is_transcribed = True
    assert turn.hear(False, 0.5, 0.5) is None
    turn.transcribed("where are you", settled=True)
    assert turn.hear(False, 0.5, 0.6) is STOPPED


def test_words_that_never_come_are_not_waited_for_without_end() -> None:
    turn = in_a_turn()
    turn.is_transcribed = True
    assert ends_after(turn) == 1.2


def test_where_there_are_no_words_nothing_more_is_waited_for() -> None:
    turn = in_a_turn()
    turn.is_transcribed = True
    turn.no_words()
    assert ends_after(turn) == 0.45


def test_of_an_engine_that_sets_full_stops_a_sentence_without_one_is_waited_for() -> None:
    turn = in_a_turn()
    turn.transcribed("I want a haircut", settled=True)
    assert ends_after(turn) == 0.45
    for text, secs in (("On Tuesday, please.", 0.45), ("I want a haircut", 1.2)):
        turn.voice_started()
        turn.hear(True, 0.2, 0.0)
        turn.transcribed(text, settled=True)
        assert ends_after(turn) == secs


NODS = ("yeah", "okay", "mm-hm")


def over_the_bot(*, tells_early: bool = True, **params: float | int) -> TurnTaking:
    """Somebody speaks over the bot; the engine's ways are known from an earlier turn."""
    turn = TurnTaking(TurnParams(backchannels=NODS, **params))  # type: ignore[arg-type]
    if tells_early:
        turn.transcribed("hello", settled=False)
    turn.bot_speaking = turn.answering = True
    turn.voice_started()
    return turn


def test_who_only_listens_does_not_interrupt() -> None:
    turn = over_the_bot()
    assert turn.hear(True, 0.4, 0.0) is None
    turn.transcribed("Yeah,", settled=False)
    assert turn.hear(True, 0.9, 0.0) is None
    turn.transcribed("Yeah, okay.", settled=True)
    assert turn.hear(False, 0.0, 0.4) is None
    turn.bot_speaking = turn.answering = False
    assert turn.hear(False, 0.0, 0.5) is STARTED  # The bot had been heard to its end: it was an answer.


def test_other_words_interrupt_as_soon_as_they_are_known() -> None:
    turn = over_the_bot()
    turn.transcribed("yeah", settled=False)
    assert turn.hear(True, 0.5, 0.0) is None
    turn.transcribed("yeah but", settled=False)
    assert turn.hear(True, 0.6, 0.0) is STARTED


def test_other_words_interrupt_also_when_they_are_known_after_a_short_voice_has_paused() -> None:
    turn = over_the_bot()
    assert turn.hear(True, 0.4, 0.0) is None
    turn.transcribed("stop", settled=True)
    assert turn.hear(False, 0.0, 0.3) is STARTED


def test_words_that_are_not_told_in_time_are_not_waited_for() -> None:
    assert over_the_bot(backchannel_secs=0.7).hear(True, 0.7, 0.0) is STARTED


def test_nobody_listens_aloud_for_long() -> None:
    turn = over_the_bot()
    turn.transcribed("yeah", settled=False)
    assert [turn.hear(True, secs, 0.0) for secs in (1.4, 1.5)] == [None, STARTED]


def test_an_engine_that_tells_words_only_in_the_end_leaves_it_to_the_length() -> None:
    assert over_the_bot(tells_early=False).hear(True, 0.25, 0.0) is STARTED


def test_where_few_answers_are_expected_a_yeah_is_one_of_them() -> None:
    turn = over_the_bot()
    turn.is_free = False
    assert turn.hear(True, 0.25, 0.0) is STARTED


def test_signs_of_listening_are_no_words_that_interrupt() -> None:
    turn = over_the_bot(interrupt_words=2)
    turn.transcribed("okay yeah", settled=False)
    assert turn.hear(True, 1.0, 0.0) is None
    turn.transcribed("okay stop", settled=False)
    assert turn.hear(True, 1.0, 0.0) is STARTED


def test_words_over_the_end_of_what_the_bot_says_are_the_answer_when_they_are_known() -> None:
    turn = over_the_bot(interrupt_words=3, tells_early=False)
    assert turn.hear(True, 0.6, 0.0) is None
    turn.bot_speaking = turn.answering = False
    turn.transcribed("on Tuesday", settled=True)
    assert turn.hear(False, 0.0, 0.4) is STARTED
    assert turn.hear(False, 0.0, 0.5) is STOPPED


def test_a_sign_of_listening_does_not_disturb_a_bot_that_thinks() -> None:
    turn = over_the_bot(tells_early=False, interrupt_after_secs=0.5)
    assert turn.hear(True, 0.4, 0.0) is None
    turn.bot_speaking = False
    turn.transcribed("okay", settled=True)
    assert turn.hear(False, 0.0, 0.4) is None


def test_a_number_whose_first_part_was_heard_and_came_to_nothing_is_waited_for() -> None:
    turn = in_a_turn()
    turn.transcribed("four seven", settled=False, begun=True)
    turn.no_words()
    assert ends_after(turn) == 1.2


def test_a_number_that_goes_on_is_not_the_first_part_any_more() -> None:
    turn = in_a_turn()
    turn.transcribed("four seven", settled=False, begun=True)
    turn.transcribed("four seven one one", settled=True)
    assert ends_after(turn) == 0.45


def test_who_is_heard_by_an_engine_that_tells_no_words_interrupts_by_speaking() -> None:
    turn = TurnTaking(TurnParams(interrupt_words=2, interrupt_after_secs=0.25))
    turn.bot_speaking = True
    turn.voice_started()
    assert turn.hear(True, 0.5, 0) is None
    turn.tells_words = False
    assert turn.hear(True, 0.2, 0) is None
    assert turn.hear(True, 0.25, 0) is TurnDecision.STARTED


def test_a_turn_over_the_bot_that_is_over_does_not_begin_again_when_its_words_are_known() -> None:
    turn = over_the_bot(tells_early=False)
    assert turn.hear(True, 0.3, 0.0) is STARTED
    turn.bot_speaking = turn.answering = False
    assert turn.hear(False, 0.0, 0.45) is STOPPED
    turn.transcribed("no wait", settled=True)
    assert turn.hear(False, 0.0, 0.6) is None
