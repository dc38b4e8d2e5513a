"""What the bench's server says in a stamp its viewers read."""

import time

import pytest

from appliance.bench.stamps import Stamp, read_stamp, stamp
from appliance.rtvi.viewer import Outgoing


def sent(data: object) -> bytes:
    message = {"label": "rtvi-ai", "type": "server-message", "data": data}
    return Outgoing("server-message", False, message, 7).encode()


def test_a_stamp_says_when_it_was_made_and_who_watches() -> None:
    before = time.monotonic_ns()
    made = read_stamp(sent(stamp(5, 1000)))
    assert made is not None
    assert before <= made.at_ns <= time.monotonic_ns()
    assert made == Stamp(made.at_ns, 5, 1000)


@pytest.mark.parametrize("data", [{"type": "call-ended"}, {"at_ns": 1, "viewers": 2, "waiting_bytes": 3}, None])
def test_other_messages_are_no_stamps(data: object) -> None:
    assert read_stamp(sent(data)) is None
