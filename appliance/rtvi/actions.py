"""Protocol 0.3: actions that a client may run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.rtvi.attempt import attempt
from appliance.rtvi.audience import Seat
from appliance.rtvi.service_messages import OptionType, RTVIActionRun
from appliance.rtvi.services import has_type

if TYPE_CHECKING:
    from appliance.rtvi.processor import RTVIProcessor

ActionHandler = Callable[["RTVIProcessor", str, dict[str, Any]], Awaitable[Any]]


@dataclass(slots=True)
class RTVIActionArgument:
    """An argument of an action. Without a ``required`` one the handler is not even called."""

    name: str
    type: OptionType
    required: bool = False


@dataclass(slots=True)
class RTVIAction:
    """Something the bot can be made to do; ``handler(processor, service_name, arguments)`` returns the result."""

    service: str
    action: str
    result: OptionType
    handler: ActionHandler
    arguments: list[RTVIActionArgument] = field(default_factory=list)


class Actions:
    """The registered actions."""

    def __init__(self, rtvi: RTVIProcessor) -> None:
        self._rtvi = rtvi
        self._actions: dict[tuple[str, str], RTVIAction] = {}

    def register(self, action: RTVIAction) -> None:
        """Offers an action."""
        self._actions[action.service, action.action] = action

    def described(self) -> dict[str, Any]:
        """What ``bot-ready`` says of them: nothing where there are none."""
        return self.description() if self._actions else {}

    def description(self) -> dict[str, Any]:
        """The data of ``actions-available``."""
        actions = [
            {
                "service": action.service,
                "action": action.action,
                "arguments": [{"name": argument.name, "type": argument.type} for argument in action.arguments],
                "result": action.result,
            }
            for action in self._actions.values()
        ]
        return {"actions": actions}

    async def run(self, run: RTVIActionRun, request: str | None, seat: Seat | None = None) -> None:
        """Runs an action and answers with its result, if there is a request to answer."""
        problem, result = await self._run(run)
        if problem is not None:
            self._rtvi.refuse(seat, request, problem)
        elif request is not None:
            self._rtvi.audience.send(seat, "action-response", {"result": result}, answers=request)

    async def _run(self, run: RTVIActionRun) -> tuple[str | None, Any]:
        name = f"{run.service}:{run.action}"
        action = self._actions.get((run.service, run.action))
        if action is None:
            return f"Action {name} not registered", None
        types = {argument.name: argument.type for argument in action.arguments}
        arguments = {argument.name: argument.value for argument in run.arguments or []}
        for argument, value in arguments.items():
            if argument not in types:
                return f"Action {name} has no argument {argument}", None
            if not has_type(value, types[argument]):
                return f"Argument {argument} of action {name} must be of type {types[argument]}", None
        for expected in action.arguments:
            if expected.required and expected.name not in arguments:
                return f"Action {name} needs the argument {expected.name}", None
        done = await attempt(
            f"action {name}", self._rtvi.handler_secs, action.handler, self._rtvi, run.service, arguments
        )
        return (None, done.value) if done.failure is None else (f"Action {name} failed: {done.failure}", None)
