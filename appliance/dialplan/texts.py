"""The texts of a dialplan that have gaps, and what these may name."""

from collections.abc import Iterator, Mapping

from appliance.dialplan.language import Sentences
from appliance.dialplan.llm import LLMStep
from appliance.dialplan.message import FIELDS, MessageStep
from appliance.dialplan.problems import Place
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.shapes import ANY, TEXT, Shape, with_fields
from appliance.dialplan.steps import AskStep, BranchStep, CallStep, HangUpStep, SayStep, SetStep, Step
from appliance.dialplan.template import fill, read
from appliance.dialplan.transfer import TransferStep
from appliance.errors import EngineError
from appliance.settings.explained import unknown

Found = Iterator[tuple[Place, str]]


def variables_of(plan: Dialplan) -> dict[str, Shape]:
    """Every variable that a call may have, and what it holds."""
    known = dict.fromkeys((*plan.BUILT_IN, *plan.variables), TEXT)
    for answer in plan.anywhere.values():
        known |= dict.fromkeys(answer.set, TEXT)
    for step in plan.steps.values():
        if isinstance(step, CallStep) and step.save_as:
            known[step.save_as] = _result_of(plan, step.call)
        elif isinstance(step, MessageStep) and step.save_as:
            known[step.save_as] = with_fields(FIELDS)
        elif isinstance(step, SetStep):
            known |= dict.fromkeys(step.set, TEXT)
        elif isinstance(step, LLMStep):
            known |= dict.fromkeys([*step.collect, *([step.save_as] if step.save_as else [])], TEXT)
        elif isinstance(step, AskStep):
            known |= dict.fromkeys([step.save_as] if step.save_as else [], TEXT)
            known |= dict.fromkeys((name for answer in step.expect.values() for name in answer.set), TEXT)
    return known


def wrong_texts(plan: Dialplan) -> Found:
    """Gaps for which there is no variable, or not the field that they want."""
    known = variables_of(plan)
    for place, text in _texts(plan):
        yield from ((place, what) for what in _wrong(text, known))
    yield from ((("fallback", "say"), what) for what in _wrong_apology(plan))
    for name, function in plan.functions.items():
        told = known | dict.fromkeys(function.parameters, ANY)
        for place, text, names in function.filled():
            known_here = told | dict.fromkeys(names, ANY)
            yield from ((("functions", name, *place), what) for what in _wrong(text, known_here))


def _wrong_apology(plan: Dialplan) -> Iterator[str]:
    """It is heard when anything else may have failed: it has only the texts that have a name."""
    text = plan.fallback.say
    wrong = list(_wrong(text, dict.fromkeys(plan.variables, TEXT)))
    yield from (f"{what} (when things fail, only `variables` are known)" for what in wrong)
    if not wrong:
        try:
            fill(text, plan.variables)
        except EngineError as error:
            yield f"{str(error).rstrip('.')}, expected a plain text"


def _wrong(text: str, known: Mapping[str, Shape]) -> Iterator[str]:
    reading = read(text)
    yield from (unknown(name, known, "variable") for name in sorted(reading.names - known.keys()))
    for path in reading.paths:
        if path[0] in known and (what := known[str(path[0])].wrong(path)):
            yield what
    for name in sorted(reading.spoken & known.keys()):
        if what := known[name].wrong_to_say((name,)):
            yield what


def _result_of(plan: Dialplan, name: str) -> Shape:
    if name not in plan.functions:
        return ANY
    return plan.functions[name].result_shape()


def _texts(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    """Every text that the caller may hear or that steers the call, with its place."""
    yield ("greeting",), plan.greeting or ""
    yield from ((("sentences", name), getattr(plan.sentences, name)) for name in Sentences.model_fields)
    yield from ((("metadata", name), text) for name, text in plan.metadata.items())
    yield ("recording", "announce"), plan.recording.announce if plan.recording else ""
    for name, function in plan.functions.items():
        yield from ((("functions", name, *place), text) for place, text in function.spoken())
    for name, answer in plan.anywhere.items():
        yield from ((("anywhere", name, "set", key), text) for key, text in answer.set.items())
    for name, step in plan.steps.items():
        yield from ((("steps", name, *place), text) for place, text in _texts_of(step) if text)


def _texts_of(step: Step) -> Iterator[tuple[Place, str | None]]:
    if isinstance(step, AskStep):
        yield from (((key,), getattr(step, key)) for key in ("ask", "no_input", "no_match"))
        if step.confirm:
            yield from ((("confirm", key), getattr(step.confirm, key)) for key in ("ask", "no_match"))
        for name, answer in step.expect.items():
            yield from ((("expect", name, "set", key), text) for key, text in answer.set.items())
    elif isinstance(step, SayStep):
        yield ("say",), step.say
    elif isinstance(step, BranchStep):
        yield ("branch",), step.branch
    elif isinstance(step, SetStep):
        yield from ((("set", key), text) for key, text in step.set.items())
    elif isinstance(step, CallStep):
        yield from ((("with", key), text) for key, text in step.arguments.items())
    elif isinstance(step, LLMStep):
        yield ("llm", "prompt"), step.llm.prompt
        yield from (((key,), getattr(step, key)) for key in ("opening", "no_input", "no_match"))
    elif isinstance(step, MessageStep):
        yield from ((("message", key), getattr(step.message, key)) for key in ("say", "failed"))
    elif isinstance(step, TransferStep):
        yield ("transfer", "say"), step.transfer.say
        yield ("transfer", "warm", "summary"), step.transfer.warm.summary if step.transfer.warm else None
    elif isinstance(step, HangUpStep):
        yield ("hang_up",), step.hang_up
