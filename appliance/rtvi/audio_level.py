"""How loud a side of the call is, now and then."""

from collections.abc import Callable

from appliance.audio.level import level
from appliance.clock import Clock, monotonic


class AudioLevel:
    """Measures what came in since the last report, at most once in ``period_secs``."""

    def __init__(self, period_secs: float, report: Callable[[float], None], *, clock: Clock = monotonic) -> None:
        self._period_secs = period_secs
        self._report = report
        self._clock = clock
        self._heard = 0.0
        self._reported = clock() - period_secs

    def hear(self, pcm: bytes) -> None:
        """Takes audio (16-bit PCM): the loudest piece of a period is what is reported, 0 to 1 in thousandths."""
        self._heard = max(self._heard, level(pcm))
        now = self._clock()
        if now - self._reported >= self._period_secs:
            self._report(round(self._heard, 3))
            self._reported, self._heard = now, 0.0
