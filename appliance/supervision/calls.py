"""What the house knows of a live call: its facts and its conversation so far, as viewers are shown them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from appliance.clock import WallClock, iso, wall
from appliance.dialplan.destinations import is_queue
from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.supervision.roles import Role

if TYPE_CHECKING:
    from appliance.rtvi import RTVIProcessor
    from appliance.rtvi.viewer import Viewer

Who = Literal["caller", "bot"]

WaitsFor = Literal["caller", "engine", "function", "supervisor", "line", "transfer"]
"""``caller``: the caller's answer; ``engine``: speech or dialogue work on the bot's; ``function``: a supervisor is to
answer a function call; ``supervisor``: somebody has taken the call over; ``line``: the carrier's stream was lost;
``transfer``: the caller is with somebody else, or on the way there.
"""

LAST_WORDS_CHARACTERS = 200

MASKED_NUMBER = "[number]"
"""What roles see of telephone numbers that may not see them."""

_ELSEWHERE: dict[str, WaitsFor] = {"line lost": "line", "transferring": "transfer"}
"""What is waited for while the caller does not hear the bot, by the call's state."""

_WHO: dict[str, Who] = {"user": "caller", "assistant": "bot"}


@dataclass(slots=True, frozen=True)
class CallView:
    """A call as it begins. ``started_at`` is in seconds since the epoch, UTC."""

    call_id: str
    from_number: str
    to_number: str
    dialplan: str
    started_at: float
    rtvi: "RTVIProcessor"
    tags: tuple[str, ...] = ()
    """The dialplan's."""
    version: str | None = None
    """The dialplan's, too."""
    roles: tuple[str, ...] = ()
    """Those that the dialplan is for; none: all."""


class Facts(TypedDict, total=False):
    """What may change in a call. ``latency_ms`` is from the end of the caller's last turn to the bot's first sound."""

    state: str
    speaking: Who | None
    muted: bool
    recording: bool
    latency_ms: float | None
    taken_over_by: str | None
    """The name of the supervisor who speaks for the bot."""
    transferring_to: str | None
    """The number, SIP address or queue that the caller is handed over to; None once they are back."""
    waits_for: WaitsFor | None
    """What the pipeline waits for; None while somebody speaks."""


_AT_FIRST = Facts(state="live", speaking=None, muted=False, recording=False, taken_over_by=None)


def masked_destination(to: str) -> str:
    """To whom a call is passed on, for roles that may not see numbers: a queue is none."""
    return to if is_queue(to) else MASKED_NUMBER


class LiveCall:
    """A call from its start until the house forgets it."""

    def __init__(self, view: CallView, clock: WallClock = wall) -> None:
        self.view = view
        self.facts: dict[str, Any] = dict(_AT_FIRST)
        self.ended: dict[str, Any] | None = None
        self._clock = clock
        self._pipeline_waits_for: WaitsFor | None = "engine"
        self._waits_for: WaitsFor | None = "engine"
        self._waits_since = view.started_at

    def update(self, facts: Facts) -> bool:
        """Takes over what has changed; False if nothing has."""
        before = (dict(self.facts), self._waits_for)
        known: dict[str, Any] = dict(facts)
        self._pipeline_waits_for = known.pop("waits_for", self._pipeline_waits_for)
        self.facts.update(known)
        waits_for = self._waited_for()
        if waits_for != self._waits_for:
            self._waits_for, self._waits_since = waits_for, self._clock()
        return before != (self.facts, self._waits_for)

    def end(self, outcome: dict[str, Any]) -> None:
        """The call is over."""
        self.ended = outcome
        self.update(Facts(state="ended", speaking=None))

    def is_open_to(self, rights: Role) -> bool:
        """Whether holders of this role see the call at all."""
        return rights.covers(self.view.dialplan, self.view.tags, self.view.roles)

    def summary(self, rights: Role) -> dict[str, Any]:
        """The call in one entry of a list, as holders of this role see it."""
        view = self.view
        sees_numbers = "numbers" in rights.sees
        facts = dict(self.facts)
        to = facts.pop("transferring_to", None)
        known = {
            "call_id": view.call_id,
            "from": view.from_number if sees_numbers else MASKED_NUMBER,
            "to": view.to_number if sees_numbers else MASKED_NUMBER,
            "dialplan": view.dialplan,
            "started_at": iso(view.started_at),
            **facts,
            "waits": self._waits(rights),
        }
        if view.version is not None:
            known["dialplan_version"] = view.version
        if to is not None:
            known["transferring_to"] = to if sees_numbers else masked_destination(to)
        last = view.rtvi.last_words(sees_sensitive="sensitive" in rights.sees)
        if last is not None:
            who = "supervisor" if "by" in last else _WHO[last["role"]]
            known["last_words"] = {"who": who, "text": last["text"][:LAST_WORDS_CHARACTERS]}
        return known

    def snapshot(self, viewer: "Viewer", rights: Role) -> dict[str, Any]:
        """The whole picture, for a viewer that joins."""
        return {"type": "snapshot", "call": self.summary(rights), **self.view.rtvi.snapshot(viewer)}

    def end_notice(self) -> dict[str, Any]:
        """What viewers are told once it is over."""
        return {"type": "call-ended", "call_id": self.view.call_id, **(self.ended or {})}

    def _waits(self, rights: Role) -> dict[str, str] | None:
        """To roles that may not know of function calls an answer to one is as slow as any other."""
        if self._waits_for is None:
            return None
        is_hidden = self._waits_for == "function" and rights.report_level is RTVIFunctionCallReportLevel.DISABLED
        return {"for": "engine" if is_hidden else self._waits_for, "since": iso(self._waits_since)}

    def _waited_for(self) -> WaitsFor | None:
        if self.ended is not None:
            return None
        if (elsewhere := _ELSEWHERE.get(self.facts["state"])) is not None:
            return elsewhere
        return "supervisor" if self.facts["taken_over_by"] else self._pipeline_waits_for
