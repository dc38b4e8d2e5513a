"""An observer takes each frame once."""

from appliance.frames import InterruptionFrame, LLMTextFrame
from appliance.pipeline.seen import MOST_REMEMBERED, SeenFrames


def test_a_frame_is_new_once() -> None:
    seen, frame = SeenFrames(), LLMTextFrame("a")
    assert [seen.is_new(frame), seen.is_new(frame), seen.is_new(LLMTextFrame("a"))] == [True, False, True]


def test_a_flood_of_one_type_does_not_make_another_forgotten() -> None:
    seen, interruption = SeenFrames(), InterruptionFrame()
    seen.is_new(interruption)
    for _ in range(MOST_REMEMBERED * 4):
        seen.is_new(LLMTextFrame("a"))
    assert not seen.is_new(interruption)


def test_only_the_newest_are_remembered() -> None:
    seen, first = SeenFrames(), LLMTextFrame("a")
    seen.is_new(first)
    for _ in range(MOST_REMEMBERED):
        seen.is_new(LLMTextFrame("a"))
    assert seen.is_new(first)
