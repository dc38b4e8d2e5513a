"""How much one viewer may send."""

from appliance.clock import Clock, monotonic

PER_SEC = 200.0
"""A microphone brings fifty to a hundred messages a second."""

BURST = 1000.0
"""A network that has stood still for some seconds brings all of them at once."""

PIECE_BYTES = 8192
"""A long message counts as so many short ones."""


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
        cost = 1 + size // PIECE_BYTES
        if cost > self._left:
            return False
        self._left -= cost
        return True
