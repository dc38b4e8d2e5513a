"""The turn whose events are counted."""

import appliance.frames as frames
from appliance.bench.turn import ANSWERED, turn
from appliance.rtvi.translation import ROWS


def test_each_frame_is_one_that_viewers_are_told_of() -> None:
    kinds = [getattr(frames, told["frame"]) for told in turn()]
    assert [kind for kind in kinds if kind not in ROWS] == []
    assert len(kinds) == 109


def test_what_is_written_is_spoken_word_by_word_and_each_step_joins_to_the_sentence() -> None:
    told = turn()
    written = "".join(each["text"] for each in told if each["frame"] == "LLMTextFrame")
    assert written.split() == " ".join(ANSWERED).split()
    assert [each["text"] for each in told if each["frame"] == "TTSTextFrame"] == written.split()
    for each in told:
        if each["frame"] == "AggregatedTextProgressFrame":
            assert each["accumulated_text"] + each["remaining_text"] == ANSWERED[each["segment"]]
