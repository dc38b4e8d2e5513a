from appliance.frames import (
    AggregatedTextFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    SystemFrame,
    TTSTextFrame,
)


def test_words_are_segments_of_their_own_kind() -> None:
    word = TTSTextFrame("hello", segment_id=7)
    assert isinstance(word, AggregatedTextFrame)
    assert (word.aggregated_by, AggregatedTextFrame("Hello.").aggregated_by) == ("word", "sentence")


def test_an_interim_transcript_is_not_settled_while_the_caller_speaks() -> None:
    assert not InterimTranscriptionFrame("ye").settled


def test_an_interruption_overtakes_everything() -> None:
    assert isinstance(InterruptionFrame(), SystemFrame)
