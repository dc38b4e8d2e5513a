"""What is measured on the tape, sample by sample."""

from appliance.simulator.line import Clearing, Utterance
from appliance.simulator.sound import Sound
from appliance.simulator.timings import BargeIn, Silence, Tape, Turn, barge_ins, turns

SECOND = 8000
LOUD, QUIET = b"\x10", b"\xff"


def track(total: int, *stretches: tuple[int, int]) -> bytes:
    """``total`` samples, loud from each start to each end."""
    samples = bytearray(QUIET * total)
    for start, end in stretches:
        samples[start:end] = LOUD * (end - start)
    return bytes(samples)


def said(at_sample: int, length: int, label: str = "hello", lead: int = 0) -> Utterance:
    """An utterance that begins at a frame; ``lead`` samples of it cannot be heard, nor can the last ones."""
    return Utterance(Sound(QUIET * lead + LOUD * length + QUIET * 1000, label), None, at_sample // 160)


def key(digit: str, at_sample: int) -> Utterance:
    """A key pressed."""
    return Utterance(Sound.silence(0.1), digit, at_sample // 160)


def test_the_gap_is_from_the_last_audible_sample_of_the_caller_to_the_first_of_the_bot() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (17_003, 20_000)))
    assert turns(tape, [said(8_000, 2_000, lead=37)]) == [Turn("hello", 10_037 / SECOND, (17_003 - 10_037) / SECOND)]


def test_the_arrival_of_an_answer_is_that_of_the_last_audio_that_came_before_it_was_heard() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (16_160, 20_000)))
    [turn] = turns(tape, [said(8_000, 2_000)], [0.5, 1.3, 2.01, 2.5])
    assert turn == Turn("hello", 1.25, (16_160 - 10_000) / SECOND, 2.01 - 1.25)


def test_a_turn_without_an_answer_before_the_next_has_no_gap() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (30_000, 31_000)))
    first, second = turns(tape, [said(0, 2_000, "one"), said(16_000, 2_000, "two")])
    assert (first.gap_secs, second.gap_secs) == (None, 12_000 / SECOND)


def test_what_the_bot_was_still_saying_is_no_answer() -> None:
    """The bot is heard until 0.1 s after the caller's end; the answer comes after a pause."""
    tape = Tape(QUIET * 40_000, track(40_000, (0, 10_800), (16_000, 18_000)))
    assert turns(tape, [said(8_000, 2_000)]) == [Turn("hello", 1.25, 0.75)]


def test_keys_in_a_row_are_one_turn_from_the_last_key() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (12_000, 13_000)))
    keys = [key("1", 8_000), key("2", 8_800), key("#", 20_000)]
    assert turns(tape, keys) == [Turn("keys 12", 1.1, 0.4), Turn("keys #", 2.5, None)]


def test_an_interruption_is_measured_to_the_clear_and_to_the_last_audible_sample() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (0, 10_000), (24_000, 30_000)))
    clearings = [Clearing(0.5, 100), Clearing(1.2, 9_000)]
    assert barge_ins(tape, [said(8_000, 4_000)], clearings) == [BargeIn(1.0, 1.2 - 1.0, 0.25)]


def test_an_interruption_that_the_bot_ignores_says_so() -> None:
    tape = Tape(QUIET * 80_000, track(80_000, (0, 60_000)))
    assert barge_ins(tape, [said(8_000, 4_000)], []) == [BargeIn(1.0, None, None)]


def test_speaking_while_the_bot_is_quiet_interrupts_nothing() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (0, 4_000), (20_000, 24_000)))
    assert barge_ins(tape, [said(8_000, 4_000)], []) == []


def test_a_short_break_of_the_bot_is_not_its_end() -> None:
    tape = Tape(QUIET * 40_000, track(40_000, (0, 8_000), (9_000, 12_000)))
    assert (tape.bot_is_heard_at(8_500), tape.bot_stops_after(8_500)) == (True, 12_000)


def test_the_longest_silence_is_where_neither_is_heard() -> None:
    tape = Tape(track(48_000, (8_000, 16_000)), track(48_000, (0, 100), (20_000, 24_000)))
    assert tape.longest_silence() == Silence(23_999 / SECOND, 24_001 / SECOND)
    assert Tape(QUIET * 8_000, QUIET * 8_000).longest_silence(4_000) == Silence(0.5, 0.5)


def test_a_tape_without_a_sound_has_no_first_sample() -> None:
    assert Tape(QUIET * 160, QUIET * 160).first_bot_sample() is None
    assert turns(Tape(b"", b""), []) == []
