"""A call's life in the log: a line when it is answered, lost, back, taken over or handed back, and how it ended."""

from __future__ import annotations

import logging

from appliance.bus import Bus, CallEnded, CallStarted, CallUpdated
from appliance.ops.logging import PERSONAL

log = logging.getLogger(__name__)

_STATES = {
    "line lost": (logging.WARNING, "a call has lost its line"),
    "transferring": (logging.INFO, "a call is being passed on"),
    "live": (logging.INFO, "a call has its line back"),
}
"""What is said of which change of a call's state, and how important it is."""


def keep_diary(bus: Bus) -> None:
    """Writes down what ``bus`` tells of calls. The caller's number is personal data: it has a field of its own."""
    bus.subscribe(CallStarted, _started)
    bus.subscribe(CallUpdated, _updated)
    bus.subscribe(CallEnded, _ended)


def _started(event: CallStarted) -> None:
    log.info(
        "a call is answered",
        extra={
            "call_id": event.call_id,
            "dialplan": event.dialplan,
            "carrier": event.carrier,
            "called": event.called,
            PERSONAL: {"caller": event.caller},
        },
    )


def _updated(event: CallUpdated) -> None:
    known = _STATES.get(str(event.changes.get("state")))
    if "transferring_to" in event.changes and event.changes["transferring_to"] is None:
        known = (logging.INFO, "a caller is back, nobody took the call")
    if known is not None:
        log.log(*known, extra={"call_id": event.call_id})
    if "taken_over_by" in event.changes:
        _taken_over(event.call_id, event.changes["taken_over_by"])


def _taken_over(call_id: str, by: object) -> None:
    if by is None:
        log.info("the bot has a call back", extra={"call_id": call_id})
    else:
        log.info("a supervisor has taken a call over", extra={"call_id": call_id, "supervisor": by})


def _ended(event: CallEnded) -> None:
    log.log(
        logging.WARNING if event.outcome == "failed" else logging.INFO,
        "a call is over",
        extra={
            "call_id": event.call_id,
            "outcome": event.outcome,
            "reason": event.reason,
            "secs": round(event.duration_secs, 1),
        },
    )
