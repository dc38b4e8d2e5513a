"""What was sent lately is known; what is not known any more is said to be unknown."""

from appliance.rtvi.viewer import Outgoing
from appliance.supervision.ring import Ring


def event(seq: int, text: str = "") -> Outgoing:
    return Outgoing("error", False, {"label": "rtvi-ai", "type": "error", "data": {"text": text}}, seq)


def missed(ring: Ring, after: int) -> list[int] | None:
    found = ring.after(after)
    return None if found is None else [outgoing.seq for outgoing in found]


def test_it_gives_what_came_after_a_number_and_knows_what_it_cannot_give() -> None:
    ring = Ring(4, 3)
    assert (missed(ring, 3), missed(ring, 4)) == (None, [])
    for seq in (5, 6, 8, 9):
        ring.remember(event(seq))
    assert [missed(ring, seq) for seq in (4, 5, 6, 7, 8, 9)] == [None, [6, 8, 9], [8, 9], [8, 9], [9], []]


def test_a_message_that_goes_to_several_viewers_is_kept_once() -> None:
    ring = Ring(0, 10)
    for seq in (1, 1, 2, 1, 2):
        ring.remember(event(seq))
    assert missed(ring, 0) == [1, 2]


def test_its_bytes_are_bounded() -> None:
    ring = Ring(0, 10, max_bytes=3000)
    for seq in range(1, 10):
        ring.remember(event(seq, "x" * 1000))
    assert missed(ring, 7) == [8, 9]
    assert missed(ring, 6) is None
