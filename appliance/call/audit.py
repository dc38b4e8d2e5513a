"""A call's audit: what supervisors did in it goes into its record."""

import logging
from collections import Counter
from collections.abc import Callable

from appliance.records import DeedRecord
from appliance.rtvi.audit import Deed

MOST_DEEDS = 1000
"""So many of one supervisor in one call are kept: nobody can fill the records, nor hide what others do."""

log = logging.getLogger(__name__)


class AuditTrail:
    """Counts a call's deeds and puts them into the records."""

    def __init__(self, call_id: str, put: Callable[[DeedRecord], None]) -> None:
        self._call_id = call_id
        self._put = put
        self._index = 0
        self._counts: Counter[str] = Counter()

    def add(self, deed: Deed) -> None:
        """Puts a deed into the record; returns at once."""
        self._counts[deed.who] += 1
        if self._counts[deed.who] <= MOST_DEEDS:
            self._put(DeedRecord(self._call_id, self._index, deed.at, deed.who, deed.role, deed.what, deed.outcome))
            self._index += 1
        elif self._counts[deed.who] == MOST_DEEDS + 1:
            log.warning(
                "a supervisor has done over %d things in a call: no more of them are recorded",
                MOST_DEEDS,
                extra={"call_id": self._call_id, "supervisor": deed.who},
            )
