"""A dialplan's function as the dialogue calls it, and what the caller hears of it besides its result."""

from collections.abc import Mapping
from typing import Any

from appliance.dialogue.base import CallFunction, Filler, FunctionFailed, Say, new_call_id, say
from appliance.dialplan import Dialplan, Value

NO_RESULT = FunctionFailed("nobody answered in time")
"""What comes of a function when no supervisor has answered."""


def call_of(
    plan: Dialplan, name: str, arguments: Mapping[str, Any], variables: Mapping[str, Value], call_id: str | None = None
) -> CallFunction:
    """The call of a function with these arguments, by whoever executes it."""
    function, id_ = plan.functions[name], call_id or new_call_id()
    if function.supervised is not None:
        return CallFunction(name, arguments, function.supervised.timeout_secs, id=id_)
    if function.table is not None:
        return CallFunction(name, arguments, id=id_)
    filler = Filler(function.filler.after_ms / 1000, say(function.filler.say, variables))
    return CallFunction(name, arguments, filler=filler, cancels=function.cancel_on_interruption, id=id_)


def waiting_words(plan: Dialplan, name: str, variables: Mapping[str, Value]) -> Say:
    """What the caller hears while the function is being carried out."""
    function = plan.functions[name]
    return say(function.supervised.say if function.supervised else function.filler.say, variables)


def failure_words(plan: Dialplan, name: str, variables: Mapping[str, Value]) -> Say | None:
    """What the caller hears when it has failed, where the dialplan says something of that."""
    function = plan.functions[name]
    text = function.supervised.fallback if function.supervised else function.fallback
    return say(text, variables) if text else None
