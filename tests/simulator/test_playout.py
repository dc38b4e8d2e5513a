"""The carrier's buffer: order, marks, clear and its limit, exactly as documented."""

import pytest

from appliance.simulator.playout import BUFFER_LIMIT_BYTES, Playout

A, B = b"\x10" * 160, b"\x20" * 160
SILENT = b"\xff"


def ticks(playout: Playout, count: int) -> list[tuple[bytes | None, list[str]]]:
    """What so many ticks bring."""
    return [playout.tick() for _ in range(count)]


def test_audio_is_played_in_the_order_received_and_then_nothing_is() -> None:
    playout = Playout()
    playout.add(A)
    playout.add(B)
    assert ticks(playout, 3) == [(A, []), (B, []), (None, [])]


def test_pieces_of_any_size_come_out_sample_for_sample() -> None:
    playout = Playout()
    audio = bytes(range(250)) * 3
    for start, end in ((0, 1), (1, 1), (1, 128), (128, 700), (700, 750)):
        playout.add(audio[start:end])
    played = b"".join(frame or b"" for frame, _ in ticks(playout, 6))
    assert played == audio + SILENT * 50
    assert playout.played_bytes == 750


def test_an_underrun_in_the_middle_of_a_frame_is_silence() -> None:
    playout = Playout()
    playout.add(A[:100])
    assert playout.tick() == (A[:100] + SILENT * 60, [])


MARKS = {
    "with nothing queued it comes at once": ([], ["now"], []),
    "after one frame it comes when that has been played": ([A], [], [(A, []), (None, ["m"])]),
    "after two frames it comes when both have been played": ([A, B], [], [(A, []), (B, []), (None, ["m"])]),
    "after half a frame it comes with the tick in which that ends": (
        [A[:80]],
        [],
        [(A[:80] + SILENT * 80, []), (None, ["m"])],
    ),
}


@pytest.mark.parametrize("case", MARKS.values(), ids=MARKS.keys())
def test_a_mark_comes_back_when_all_audio_before_it_has_been_played(
    case: tuple[list[bytes], list[str], list[tuple[bytes | None, list[str]]]],
) -> None:
    audio, at_once, later = case
    playout = Playout()
    for piece in audio:
        playout.add(piece)
    assert playout.mark("m") is bool(at_once)
    assert ticks(playout, len(later)) == later
    assert ticks(playout, 2) == [(None, []), (None, [])]


def test_a_mark_between_two_pieces_comes_back_between_them() -> None:
    playout = Playout()
    playout.add(A)
    playout.mark("first")
    playout.add(B)
    playout.mark("second")
    assert ticks(playout, 3) == [(A, []), (B, ["first"]), (None, ["second"])]


def test_a_mark_that_comes_while_the_last_frame_is_being_played_waits_for_its_end() -> None:
    playout = Playout()
    playout.add(A)
    playout.tick()
    assert playout.mark("m") is False
    assert not playout.is_empty
    assert playout.tick() == (None, ["m"])
    assert playout.is_empty
    assert playout.mark("again") is True


def test_a_mark_is_not_held_up_by_audio_that_comes_after_it() -> None:
    playout = Playout()
    playout.add(A)
    playout.tick()
    playout.mark("m")
    playout.add(B)
    assert playout.tick() == (B, ["m"])


def test_clear_empties_the_buffer_and_returns_all_outstanding_marks_in_order() -> None:
    playout = Playout()
    playout.add(A)
    playout.mark("being played")
    playout.tick()
    playout.add(A + A)
    playout.mark("queued")
    playout.add(B)
    playout.mark("behind")
    assert playout.queued_bytes == 480
    assert playout.clear() == ["being played", "queued", "behind"]
    assert (playout.queued_bytes, playout.is_empty) == (0, True)
    assert ticks(playout, 2) == [(None, []), (None, [])]


def test_clear_with_nothing_outstanding_returns_nothing() -> None:
    assert Playout().clear() == []


def test_after_clear_new_audio_is_played_from_its_first_sample() -> None:
    playout = Playout()
    playout.add(A[:100] + B)
    playout.tick()
    playout.clear()
    playout.add(B)
    assert playout.tick() == (B, [])


def test_more_than_ten_minutes_are_refused_and_what_is_queued_stays() -> None:
    playout = Playout()
    assert playout.add(b"\x10" * BUFFER_LIMIT_BYTES) is True
    assert playout.add(b"\x20") is False
    assert playout.queued_bytes == 4_800_000
    playout.tick()
    assert playout.add(B) is True
