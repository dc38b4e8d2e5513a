"""Counts failed attempts to get in, by address, so that guessing is slow."""

from collections import OrderedDict, deque

from appliance.clock import Clock

MAX_FAILURES = 10
WINDOW_SECS = 60.0
MAX_ADDRESSES = 10_000


class Attempts:
    """An address with ten failures in a minute is not listened to until one of them is a minute old."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def exhausted(self, address: str) -> bool:
        """Whether this address has to wait."""
        failures = self._failures.get(address)
        if failures is None:
            return False
        while failures and failures[0] <= self._clock() - WINDOW_SECS:
            failures.popleft()
        if not failures:
            del self._failures[address]
        return len(failures) >= MAX_FAILURES

    def failed(self, address: str) -> None:
        """Counts a failure."""
        self._failures.setdefault(address, deque(maxlen=MAX_FAILURES)).append(self._clock())
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)
