"""What the frames of function calls say to viewers: each as much as the lower of two levels allows.

Clients from protocol 1.2.0 on execute a function whose name they are told by ``llm-function-call-in-progress``; those
below, or of unknown version, by ``llm-function-call``. Nobody gets both for one call: it would be done twice.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from appliance.frames import (
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
)
from appliance.rtvi.audience import Audience, Seat, Told
from appliance.rtvi.function_calls import OpenCall, in_progress
from appliance.rtvi.levels import RTVIFunctionCallReportLevel as Level

if TYPE_CHECKING:
    from appliance.rtvi.observer import RTVIObserver

log = logging.getLogger(__name__)

EXECUTES_IN_PROGRESS = (1, 2, 0)
"""The protocol from which on clients execute what is in progress."""
RESULT = "llm-function-call-result"


def functions_started(observer: RTVIObserver, frame: FunctionCallsStartedFrame) -> None:
    """Calls are about to run."""
    for wanted in frame.function_calls:
        name = wanted.function_name
        _started(observer.audience, observer.functions.begin(wanted.tool_call_id, name, observer.report_level(name)))


def _started(audience: Audience, call: OpenCall) -> None:
    """Protocol 0.3 knows the start of a call only with the function's name."""
    name = {"function_name": call.function_name}

    def make(level: Level) -> Told | None:
        data = name if level >= Level.NAME else {}
        return Told("llm-function-call-started", data) if level > Level.DISABLED else None

    def level_of_0_3(seat: Seat) -> Level:
        return Level.DISABLED if seat.version[0] else call.level_for(seat.viewer)

    audience.publish_by(lambda seat: call.level_for(seat.viewer), make)
    if any(seat.version[0] == 0 for seat in audience.watching):
        audience.publish_by(
            level_of_0_3, lambda level: Told("llm-function-call-start", name) if level >= Level.NAME else None
        )


def function_in_progress(observer: RTVIObserver, frame: FunctionCallInProgressFrame) -> None:
    """A call runs; or one that runs already turns out to be for clients to execute."""
    name, id_, audience = frame.function_name, frame.tool_call_id, observer.audience
    call = observer.functions.begin(id_, name, observer.report_level(name))
    was_told = call.arguments is not None
    if was_told and (call.by_client or not frame.by_client):
        return
    call.by_client = frame.by_client
    if call.by_client and call.level is not Level.FULL:
        log.warning("no client executes %s: it is reported at %s, expected FULL", name, call.level.name)
    call.arguments = dict(frame.arguments)
    call.asked_at = audience.sequence.last + 1

    def make(kind: tuple[Level, bool, bool]) -> Told | None:
        level, may_answer, is_old = kind
        call.asked_at = audience.sequence.last
        if level is Level.FULL and may_answer and is_old:
            return Told("llm-function-call", _request(id_, call), once=True)
        if level is Level.DISABLED or was_told:
            return None
        data = in_progress(id_, call, level)
        return Told("llm-function-call-in-progress", data, once=level is Level.FULL and may_answer)

    def kind_of(seat: Seat) -> tuple[Level, bool, bool]:
        return call.level_for(seat.viewer), call.by_client and seat.viewer.may(RESULT), _is_old(seat)

    audience.publish_by(kind_of, make)


def function_stopped(observer: RTVIObserver, frame: FunctionCallResultFrame | FunctionCallCancelFrame) -> None:
    """A call has ended, once."""
    name = frame.function_name
    call = observer.functions.end(frame.tool_call_id, name, observer.report_level(name))
    if call is None:
        return
    has_result = isinstance(frame, FunctionCallResultFrame)

    def make(level: Level) -> Told | None:
        data: dict[str, Any] = {"tool_call_id": frame.tool_call_id, "cancelled": not has_result}
        if level >= Level.NAME:
            data["function_name"] = call.function_name
        if level is Level.FULL and isinstance(frame, FunctionCallResultFrame):
            data["result"] = frame.result
        return Told("llm-function-call-stopped", data) if level > Level.DISABLED else None

    observer.audience.publish_by(lambda seat: call.level_for(seat.viewer), make)


def ask_late(audience: Audience, seat: Seat, calls: list[tuple[str, OpenCall]]) -> None:
    """Asks a viewer that has just come to execute what waits for a client."""
    if not seat.viewer.may(RESULT):
        return
    for tool_call_id, call in calls:
        if _is_old(seat):
            audience.send(seat, "llm-function-call", _request(tool_call_id, call))
        else:
            audience.send(seat, "llm-function-call-in-progress", in_progress(tool_call_id, call, Level.FULL))


def _is_old(seat: Seat) -> bool:
    return seat.version < EXECUTES_IN_PROGRESS


def _request(tool_call_id: str, call: OpenCall) -> dict[str, Any]:
    """The data of ``llm-function-call``."""
    return {
        "function_name": call.function_name,
        "tool_call_id": tool_call_id,
        "args": dict(call.arguments or {}),
    }
