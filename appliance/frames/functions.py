"""Frames of function calls: started, in progress, and one of result or cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.frames.frame import ControlFrame, SystemFrame, UninterruptibleFrame


@dataclass(slots=True)
class FunctionCallFromLLM:
    """A function that the dialogue wants called."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]


@dataclass(slots=True)
class FunctionCallsStartedFrame(SystemFrame):
    """The dialogue asked for these calls."""

    function_calls: Sequence[FunctionCallFromLLM]


@dataclass(slots=True)
class FunctionCallInProgressFrame(ControlFrame, UninterruptibleFrame):
    """A call runs now."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    cancel_on_interruption: bool = False
    by_client: bool = False
    """Whether a supervisor's client is to execute it and to send its result."""


@dataclass(slots=True)
class FunctionCallResultFrame(ControlFrame, UninterruptibleFrame):
    """A call has its result; a failure is a result, too."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    result: Any
    by: str | None = None
    """The supervisor who has sent it."""


@dataclass(slots=True)
class FunctionCallCancelFrame(SystemFrame):
    """A call was given up."""

    function_name: str
    tool_call_id: str
