"""What a language model may call: the step's functions, and ways to end its part; and what it did wrong in calling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.dialogue.chat import Tool, ToolRequest
from appliance.dialplan import Dialplan, Function, LLMStep, Parameter

LOOKED_UP = Parameter(description="What is looked up.")
TOLD = Parameter(description="What the person is told first: who calls and what about, in a sentence.", required=False)
MOST_CHARACTERS = 1000
"""Of one argument."""


class ToolError(Exception):
    """The model did something wrong; the text tells it what, so that it can do better."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that can be carried out."""

    name: str
    arguments: Mapping[str, Any]


class Tools:
    """The tools of one step."""

    def __init__(self, step: LLMStep, plan: Dialplan) -> None:
        self._parameters: dict[str, dict[str, Parameter]] = {}
        self.described: list[Tool] = []
        for name in step.functions:
            function = plan.functions[name]
            self._add(name, function.description or name.replace("_", " "), _parameters(function))
        if "hang_up" in step.may:
            farewell = Parameter(description="Your last words, if you have not said goodbye yet.", required=False)
            self._add("hang_up", "Ends the call. Only when the caller has nothing more to ask.", {"farewell": farewell})
        if "transfer" in step.may:
            to = {"to": Parameter(description="Who.", enum=tuple(step.transfer_to))} if step.transfer_to else {}
            say = Parameter(description="What the caller hears first, if you have not said it yet.", required=False)
            told = {"summary": TOLD} if any(one.warm for one in step.transfer_to.values()) else {}
            self._add("transfer", "Connects the caller with a person and ends your part.", {**to, "say": say, **told})
        if step.done:
            collected = {name: Parameter(description=text) for name, text in step.collect.items()}
            outcome = Parameter(description="What has come of it.", enum=tuple(step.done))
            self._add("done", "Ends your part; the call goes on without you.", {"outcome": outcome, **collected})

    def _add(self, name: str, description: str, parameters: dict[str, Parameter]) -> None:
        self._parameters[name] = parameters
        schema = {
            "type": "object",
            "properties": {key: _described(parameter) for key, parameter in parameters.items()},
            "required": [key for key, parameter in parameters.items() if parameter.required],
            "additionalProperties": False,
        }
        function = {"name": name, "description": description, "parameters": schema}
        self.described.append({"type": "function", "function": function})

    def read(self, request: ToolRequest) -> ToolCall:
        """The call that a model asked for. Raises ToolError for one that cannot be carried out."""
        parameters = self._parameters.get(request.name)
        if parameters is None:
            known = ", ".join(self._parameters) or "none"
            raise ToolError(f"There is no function {request.name!r}, expected one of: {known}.")
        try:
            given = json.loads(request.arguments or "{}")
        except (ValueError, RecursionError):
            raise ToolError("The arguments are not JSON, expected an object.") from None
        if not isinstance(given, dict):
            raise ToolError(f"The arguments are {_kind(given)}, expected an object.")
        read = {name: _read(name, parameter, given.get(name)) for name, parameter in parameters.items()}
        return ToolCall(request.name, {name: value for name, value in read.items() if value is not None})


def _parameters(function: Function) -> dict[str, Parameter]:
    if function.table and not function.parameters:
        return {"value": LOOKED_UP}
    return function.parameters


def _described(parameter: Parameter) -> dict[str, Any]:
    more = {"description": parameter.description, "enum": list(parameter.enum) if parameter.enum else None}
    return {"type": parameter.type} | {name: value for name, value in more.items() if value}


def _read(name: str, parameter: Parameter, value: Any) -> Any:
    """An argument of the right type; numbers are taken as texts and the other way round, as models confuse them."""
    if value is None:
        if parameter.required:
            raise ToolError(f"The argument {name!r} is missing.")
        return None
    read = _READERS[parameter.type](value)
    if read is None:
        raise ToolError(f"The argument {name!r} is {_kind(value)}, expected {_CALLED[parameter.type]}.")
    if isinstance(read, str) and len(read) > MOST_CHARACTERS:
        raise ToolError(f"The argument {name!r} has {len(read)} characters, expected at most {MOST_CHARACTERS}.")
    if parameter.enum and read not in parameter.enum:
        raise ToolError(f"The argument {name!r} is {read!r}, expected one of: {', '.join(parameter.enum)}.")
    return read


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e300 else None


def _integer(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())


_READERS = {"string": _string, "number": _number, "integer": _integer, "boolean": _boolean}
_CALLED = {"string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false"}


def _kind(value: Any) -> str:
    """What JSON calls it."""
    kinds = {type(None): "null", bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
