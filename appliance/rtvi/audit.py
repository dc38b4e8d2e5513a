"""What viewers do in a call: told to the call's record, and to its other viewers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.clock import iso
from appliance.rtvi.audience import Seat
from appliance.rtvi.envelope import FromClient
from appliance.rtvi.function_rows import RESULT
from appliance.rtvi.levels import RTVIFunctionCallReportLevel as Level
from appliance.rtvi.permissions import named

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

ONLY_LOOKS = frozenset({"client-ready", "describe-config", "get-config", "describe-actions"})
"""Messages that do nothing to the call."""

DONE, REFUSED = "done", "refused"
BROKEN_OFF = "broken off"
"""It was begun, and the call or a time limit ended it."""

LONGEST_OUTCOME = 300
"""Characters: a refusal may repeat what a client has made up."""


@dataclass(slots=True, frozen=True)
class Deed:
    """Something that a viewer did, or was refused. It holds what was done, and nothing of what was said.

    ``at`` is in seconds since the epoch, UTC; ``what`` a message's type with what it is about, such as
    ``action call:transfer``; ``outcome`` is ``done``, ``broken off``, or the sentence that refused it.
    """

    at: float
    who: str
    role: str
    what: str
    outcome: str


@contextmanager
def audited(rtvi: RTVIProcessor, seat: Seat, message: FromClient) -> Iterator[None]:
    """Around the handling of a viewer's message."""
    if message.type in ONLY_LOOKS:
        yield
        return
    at, outcome = rtvi.clock(), BROKEN_OFF
    before, seat.refusal = seat.refusal, None
    try:
        yield
        outcome = (seat.refusal or DONE)[:LONGEST_OUTCOME]
    finally:
        seat.refusal = before
        _tell(rtvi, seat, Deed(at, seat.viewer.name, seat.viewer.role, named(message), outcome))


def _tell(rtvi: RTVIProcessor, seat: Seat, deed: Deed) -> None:
    if rtvi.audit is not None:
        rtvi.audit(deed)
    is_answer = deed.what == RESULT
    # Why an answer was refused says more of the function than others may see of it.
    outcome = REFUSED if is_answer and deed.outcome not in (DONE, BROKEN_OFF) else deed.outcome
    told = {"who": deed.who, "role": deed.role, "what": deed.what, "outcome": outcome, "at": iso(deed.at)}
    data = {"type": "supervisor-acted", **told}
    mask = rtvi.redactor.mask

    def is_told(other: Seat) -> bool:
        return other is not seat and not (is_answer and other.viewer.report_ceiling is Level.DISABLED)

    rtvi.audience.publish(
        "server-message",
        data,
        # Whoever may do nothing, and tries all the time, must not crowd out what others have to see.
        droppable=outcome != DONE,
        to=is_told,
        # The words of an option or a refusal may be a client's own; the rest is nobody's.
        mask=lambda: data | {"what": mask(deed.what), "outcome": mask(outcome)},
    )
