"""How much one viewer may send."""

from appliance.clock import Clock, monotonic
from appliance.rtvi.reading import LONGEST_MESSAGE

PER_SEC = 200.0
"""A microphone brings fifty to a hundred messages a second."""

BURST = 1000.0
"""A network that has stood still for some seconds brings all of them at once."""

PIECE_BYTES = 4096
"""A long message counts as so many short ones; what is refused for its length costs no more than the longest."""


class Allowance:
    """Lets messages pass at a rate, and bursts of them."""

    def __init__(self, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._left = BURST
        self._at = clock()

    def covers(self, size: int) -> bool:
        """Whether a message of that many bytes (or characters) may pass; if so, it is counted."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._at) * PER_SEC)
        self._at = now
        cost = 1 + min(size, LONGEST_MESSAGE) // PIECE_BYTES
        if cost > self._left:
            return False
        self._left -= cost
        return True
