"""What functions may have wrong: in the dialplan, in the steps that call them, in what they need."""

from collections.abc import Iterator

from appliance.dialplan.entry_points import entry_point, look_in, wrong_parameters
from appliance.dialplan.functions import Function
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.problems import Place, Problem
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.steps import CallStep
from appliance.dialplan.template import read
from appliance.settings import Settings
from appliance.settings.explained import unknown
from appliance.settings.reach import out_of_reach

Found = Iterator[tuple[Place, str]]


def wrong_arguments(plan: Dialplan) -> Found:
    """What `call` steps tell functions and these do not take, or the other way round."""
    for name, step in plan.steps.items():
        function = plan.functions.get(step.call) if isinstance(step, CallStep) else None
        if not isinstance(step, CallStep) or function is None:
            continue
        if function.table is not None:
            if len(step.arguments) != 1:
                yield ("steps", name), "a table is looked up with one value, expected one argument in `with`"
        elif function.parameters or function.supervised is None:
            yield from _wrong_with(("steps", name), step, function)


def _wrong_with(place: Place, step: CallStep, function: Function) -> Found:
    for name in step.arguments:
        if name not in function.parameters:
            yield (*place, "with", name), unknown(name, function.parameters, "parameter")
    for name, parameter in function.parameters.items():
        if parameter.required and name not in step.arguments:
            yield place, f"{step.call!r} needs {name!r}, expected it in `with`"


def missing_means(loaded: LoadedDialplan, settings: Settings) -> Iterator[Problem]:
    """What functions need that the settings or the machine do not have."""
    look_in(settings.functions.path or settings.dialplans.path.parent / "functions")
    for name, function in loaded.plan.functions.items():
        function.arguments.prepare()
        for place, what in _missing(function, settings):
            yield loaded.source.problem(("functions", name, *place), what)


def _missing(function: Function, settings: Settings) -> Found:
    if function.http is not None:
        if what := out_of_reach(function.http.url, settings):
            yield ("http", "url"), what
        for place, text in function.http.request_texts():
            yield from ((("http", *place), what) for what in _wrong_secrets(text, settings))
    if function.python is not None:
        try:
            found = entry_point(function.python.call)
        except ValueError as error:
            yield ("python",), str(error)
        else:
            for what in wrong_parameters(found, function.parameters):
                yield ("python",), f"{function.python.call} {what}"


def _wrong_secrets(text: str, settings: Settings) -> Iterator[str]:
    for path in read(text).paths:
        if path[0] == "secrets" and len(path) != 2:
            yield "secrets are named one by one, expected {{ secrets.NAME }}"
        elif path[0] == "secrets" and str(path[1]) not in settings.secrets:
            yield _no_secret(str(path[1]), settings)


def _no_secret(name: str, settings: Settings) -> str:
    said = unknown(name, settings.secrets, "secret")
    if "did you mean" in said:
        return said
    return (
        f"no secret {name!r} is set, expected APPLIANCE__SECRETS__{name.upper()} in the environment "
        f"or systemd's credential secrets.{name}"
    )
