"""Messages that say when they were pushed: the bench's server sends them through its calls, its viewers read them.

Both are processes of one machine, and there the monotonic clock is the same for all.
"""

import re
import time
from typing import Any, NamedTuple

FILLER = "x" * 65_536
"""A stamp with it fills queues: one a second the queue of a viewer that never reads within half a minute."""

_BEGIN = b'{"label":"rtvi-ai","type":"server-message","data":{"type":"stamp",'
_STAMP = re.compile(rb'"at_ns":(\d+),"viewers":(\d+),"waiting_bytes":(\d+)')


class Stamp(NamedTuple):
    """What such a message says."""

    at_ns: int
    """Monotonic: just before its frame was pushed."""
    viewers: int
    """Of its call, connected."""
    waiting_bytes: int
    """The most that waited for one of them."""


def stamp(viewers: int, waiting_bytes: int, filler: str = "") -> dict[str, Any]:
    """The data of a ``server-message`` that is pushed now."""
    now = Stamp(time.monotonic_ns(), viewers, waiting_bytes)
    return {"type": "stamp", **now._asdict(), "filler": filler}


def read_stamp(text: bytes) -> Stamp | None:
    """The stamp that a message on an RTVI socket is; None if it is something else."""
    if not text.startswith(_BEGIN):
        return None
    found = _STAMP.match(text, len(_BEGIN))
    return Stamp(*map(int, found.groups())) if found else None
