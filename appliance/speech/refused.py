"""Engines elsewhere that refuse, and whether they may change their minds in a moment."""

import contextlib
import math
from collections.abc import Mapping

from appliance.errors import EngineError

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses that may be another in a moment."""


class RefusedError(EngineError):
    """No result; whether trying again may help, and after how many seconds at the earliest."""

    def __init__(self, message: str, *, passing: bool = True, after_secs: float = 0.0) -> None:
        super().__init__(message)
        self.passing = passing
        self.after_secs = after_secs


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to be left alone for; 0 if it does not say so in seconds."""
    with contextlib.suppress(LookupError, ValueError):  # not there, or there twice; no number
        secs = float(headers["retry-after"])
        if secs >= 0 and not math.isnan(secs):
            return secs
    return 0.0


def pause_before_retry(error: EngineError, usual_secs: float | None) -> float | None:
    """Seconds until another try makes sense; None where it does not, or where there is to be none."""
    if usual_secs is None or not getattr(error, "passing", True):
        return None
    return max(usual_secs, getattr(error, "after_secs", 0.0))
