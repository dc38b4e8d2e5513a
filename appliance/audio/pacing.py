"""Sending audio at the speed at which it is heard.

Deadlines are absolute: each is the one before plus the interval, so that late wake-ups never add up.
"""

from appliance.clock import Clock


class Pacer:
    """Says how long to wait before the next piece of audio.

    ``while more: send(piece); await sleep(pacer.delay())``. After a stall the missed pieces go out at once, but
    never more than ``burst`` of them: what lies further back is given up, and time starts anew from there.
    """

    def __init__(self, interval_secs: float, clock: Clock, burst: int = 5) -> None:
        """Raises ValueError for an interval that is not positive or a negative burst."""
        if interval_secs <= 0:
            raise ValueError(f"a pacing interval of {interval_secs} s; expected more than 0")
        if burst < 0:
            raise ValueError(f"a pacing burst of {burst}; expected 0 or more")
        self._interval_secs = interval_secs
        self._clock = clock
        self._most_behind_secs = burst * interval_secs
        self._deadline: float | None = None

    def delay(self) -> float:
        """Seconds until the next piece is due, 0 when it is late; each call takes one tick."""
        now = self._clock()
        due = now if self._deadline is None else self._deadline
        self._deadline = max(due + self._interval_secs, now - self._most_behind_secs)
        return max(0.0, self._deadline - now)

    def restart(self) -> None:
        """Forgets the rhythm: the next piece starts a new one (after a pause in which nothing was to be sent)."""
        self._deadline = None
