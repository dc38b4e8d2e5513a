"""What a language model may call: the step's functions, and ways to end its part; and what it did wrong in calling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.dialogue.chat import Tool, ToolRequest
from appliance.dialplan import Dialplan, LLMStep, Parameter
from appliance.dialplan.functions import Arguments, MisfitError, kind_of

TOLD = Parameter(description="What the person is told first: who calls and what about, in a sentence.", required=False)


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
        self._arguments: dict[str, Arguments] = {}
        self.described: list[Tool] = []
        for name in step.functions:
            function = plan.functions[name]
            self._add(name, function.description or name.replace("_", " "), function.told)
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

    def _add(self, name: str, description: str, parameters: Mapping[str, Parameter]) -> None:
        arguments = self._arguments[name] = Arguments(parameters)
        function = {"name": name, "description": description, "parameters": arguments.json_schema}
        self.described.append({"type": "function", "function": function})

    def read(self, request: ToolRequest) -> ToolCall:
        """The call that a model asked for. Raises ToolError for one that cannot be carried out."""
        arguments = self._arguments.get(request.name)
        if arguments is None:
            known = ", ".join(self._arguments) or "none"
            raise ToolError(f"There is no function {request.name!r}, expected one of: {known}.")
        try:
            given = json.loads(request.arguments or "{}")
        except (ValueError, RecursionError):
            raise ToolError("The arguments are not JSON, expected an object.") from None
        if not isinstance(given, dict):
            raise ToolError(f"The arguments are {kind_of(given)}, expected an object.")
        try:
            return ToolCall(request.name, arguments.read(given))
        except MisfitError as misfit:
            raise ToolError(str(misfit)) from None
