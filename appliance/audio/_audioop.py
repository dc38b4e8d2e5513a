"""The one place that imports ``audioop``: the standard library's up to Python 3.12, audioop-lts from 3.13.

The import of the standard library's module announces its removal; for users of the appliance that is noise.
"""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    from audioop import add, alaw2lin, cross, lin2alaw, lin2lin, lin2ulaw, max, mul, ratecv, rms, tomono, ulaw2lin  # noqa: A004

__all__ = [
    "add",
    "alaw2lin",
    "cross",
    "lin2alaw",
    "lin2lin",
    "lin2ulaw",
    "max",
    "mul",
    "ratecv",
    "rms",
    "tomono",
    "ulaw2lin",
]
