"""The garbage collector, told what kind of process this is.

A service that holds hundreds of calls has hundreds of thousands of objects that live for minutes. Looking through them
every few hundred allocations, as is the default, costs some 7 % of the time and stops every call meanwhile.
"""

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50
"""After so many new objects the young are looked through; so many of these make one of the middle, and so on."""


def relax() -> None:
    """To be called once what lives as long as the process is there: it is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
