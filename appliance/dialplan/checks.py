"""What a dialplan that is well formed may still have wrong: names that lead nowhere, questions without a way out."""

from collections.abc import Iterable, Iterator, Mapping

from appliance.dialplan.detectors import HOW_TO_INSTALL, missing_packages
from appliance.dialplan.expect import NO, YES, YES_NO_KEYS
from appliance.dialplan.function_checks import wrong_arguments
from appliance.dialplan.language import ENGLISH, language_of, wrong_sentences
from appliance.dialplan.llm import LLMStep
from appliance.dialplan.llm_checks import wrong_llm_steps
from appliance.dialplan.phrases import Words, expansions
from appliance.dialplan.problems import Place
from appliance.dialplan.schema import Dialplan
from appliance.dialplan.steps import (
    AskStep,
    BranchStep,
    CallStep,
    ExpectedAnswer,
    HangUpStep,
    Step,
)
from appliance.dialplan.texts import variables_of, wrong_texts
from appliance.dialplan.transfer import TransferStep
from appliance.settings.explained import unknown

Found = Iterator[tuple[Place, str]]

Offer = tuple[Place, str, tuple[str, ...], str | None]
"""Where an answer is written, its name, how it is said, and its keys."""


def found_wrong(plan: Dialplan) -> Found:
    """Every problem as its place and what is wrong."""
    lost = list(_wrong_references(plan))
    yield from lost
    yield from _wrong_functions(plan)
    yield from wrong_arguments(plan)
    yield from wrong_llm_steps(plan)
    yield from _wrong_hours(plan)
    yield from _wrong_detector(plan)
    yield from wrong_sentences(plan.language, plan.sentences)
    yield from _wrong_yes_and_no(plan)
    yield from wrong_texts(plan)
    yield from _wrong_answers(plan)
    yield from _wrong_redaction(plan)
    if not lost:
        # One misspelt step makes others look as if nobody got there: that would be said once too often.
        yield from _wrong_ways(plan)


def _wrong_yes_and_no(plan: Dialplan) -> Found:
    if language_of(plan.language) == ENGLISH:
        return
    what = f"yes and no are heard in English alone, expected {{}} in {plan.language!r}"
    for name, step in plan.steps.items():
        if isinstance(step, AskStep) and step.yes_no:
            yield ("steps", name, "yes_no"), what.format("`expect` with your own words")
        if isinstance(step, AskStep) and step.confirm:
            yield ("steps", name, "confirm"), what.format("a question of its own with `expect`")


def _wrong_detector(plan: Dialplan) -> Found:
    detector = plan.vad.detector
    if missing := missing_packages(detector):
        what = f"{detector} needs {' and '.join(missing)}, expected webrtc, or the packages: {HOW_TO_INSTALL}"
        yield ("vad", "detector"), what


def phrases_of(plan: Dialplan) -> Iterator[tuple[Place, str]]:
    """Everything that an operator wrote for callers to say, with its place."""
    groups: list[tuple[Place, Mapping[str, ExpectedAnswer]]] = [(("anywhere",), plan.anywhere)]
    groups += [
        (("steps", name, "expect"), step.expect) for name, step in plan.steps.items() if isinstance(step, AskStep)
    ]
    for place, answers in groups:
        for answer, expected in answers.items():
            yield from (((*place, answer, "say", position), phrase) for position, phrase in enumerate(expected.say))


def ways_on(step: Step) -> Iterator[tuple[Place, str]]:
    """Every step that may follow, with the place in the step that says so."""
    for key in ("next", "otherwise", "found", "not_found", "failed", "nothing"):
        if following := getattr(step, key, None):
            yield (key,), following
    if isinstance(step, TransferStep) and step.transfer.no_answer:
        yield ("transfer", "no_answer"), step.transfer.no_answer
    if isinstance(step, BranchStep):
        yield from ((("when", text), following) for text, following in step.when.items())
    if isinstance(step, LLMStep):
        yield from ((("done", outcome), following) for outcome, following in step.done.items())
    if isinstance(step, AskStep):
        yield from _ways_of_answers("expect", step.expect)
        if step.yes_no:
            yield ("yes_no", "yes"), step.yes_no.yes
            yield ("yes_no", "no"), step.yes_no.no


def _ways_of_answers(key: str, answers: Mapping[str, ExpectedAnswer]) -> Found:
    yield from (((key, name, "next"), answer.next) for name, answer in answers.items() if answer.next)


def _all_ways(plan: Dialplan) -> Found:
    if plan.start:
        yield ("start",), plan.start
    yield from _ways_of_answers("anywhere", plan.anywhere)
    for name, step in plan.steps.items():
        yield from ((("steps", name, *place), following) for place, following in ways_on(step))


def _wrong_references(plan: Dialplan) -> Found:
    for place, following in _all_ways(plan):
        if following not in plan.steps:
            yield place, unknown(following, plan.steps, "step")
    for answer, expected in plan.anywhere.items():
        if not expected.next:
            yield ("anywhere", answer), "leads nowhere, expected `next`"
    for name, step in plan.steps.items():
        if isinstance(step, AskStep) and not step.next:
            yield from _answers_without_a_way(name, step)


def _answers_without_a_way(name: str, step: AskStep) -> Found:
    what = "leads nowhere, expected `next` here or in the ask"
    for answer, expected in step.expect.items():
        if not expected.next:
            yield ("steps", name, "expect", answer), what
    if step.digits:
        yield ("steps", name, "digits"), "leads nowhere, expected `next` in the ask"


def _wrong_functions(plan: Dialplan) -> Found:
    for name in plan.function_call_report_level:
        if name not in ("*", *plan.functions):
            yield ("function_call_report_level", name), unknown(name, ["*", *plan.functions], "function")
    for name, function in plan.functions.items():
        if function.supervised and (level := plan.report_level(name)) != "full":
            what = (
                f"supervisors see it at {level!r}, expected full in `function_call_report_level`: they have to answer"
            )
            yield ("functions", name), what
    for name, step in plan.steps.items():
        if isinstance(step, CallStep):
            if step.call not in plan.functions:
                yield ("steps", name, "call"), unknown(step.call, plan.functions, "function")
        elif isinstance(step, AskStep) and step.digits and isinstance(step.digits.from_, str):
            yield from _wrong_numbers(plan, step.digits.from_, ("steps", name, "digits", "from"))


def _wrong_numbers(plan: Dialplan, name: str, place: Place) -> Found:
    function = plan.functions.get(name)
    if function is None:
        yield place, unknown(name, plan.functions, "function")
    elif function.table is None:
        yield place, f"{name!r} has no table, expected a function with the numbers that there are"
    for key in (function and function.table) or ():
        if not (key.isdecimal() and len(key) <= 20):
            yield ("functions", name, "table", key), f"{key!r} cannot be keyed in, expected digits (see {place[1]})"


def _wrong_redaction(plan: Dialplan) -> Found:
    """A sensitive name that nothing has would leave what was meant in the open."""
    known = dict.fromkeys(variables_of(plan))
    for function in plan.functions.values():
        known |= dict.fromkeys((*sorted(function.named_fields()), *function.parameters))
    for step in plan.steps.values():
        known |= dict.fromkeys(step.arguments if isinstance(step, CallStep) else ())
    for position, name in enumerate(plan.redaction.fields):
        if name not in known:
            yield ("redaction", "fields", position), unknown(name, known, "argument, field or variable")


def _wrong_hours(plan: Dialplan) -> Found:
    for key in ("open", "closed"):
        name = getattr(plan.when, key, None)
        if name is not None and name not in plan.hours:
            yield ("when", key), unknown(name, plan.hours, "hours")
    for name, function in plan.functions.items():
        if function.hours and function.hours.name not in plan.hours:
            yield ("functions", name, "hours"), unknown(function.hours.name, plan.hours, "hours")


def _wrong_answers(plan: Dialplan) -> Found:
    """The same words or keys for two answers of one question."""
    for name, step in plan.steps.items():
        if isinstance(step, AskStep):
            yield from _clashes(_offers(plan, name, step))
            if step.confirm and not step.yes_no:
                yield from _clashes((*_yes_and_no(name, "confirm"), *_answers(plan.anywhere, ("anywhere",))))


def _offers(plan: Dialplan, name: str, step: AskStep) -> Iterator[Offer]:
    if step.yes_no:
        yield from _yes_and_no(name, "yes_no")
    yield from _answers(plan.anywhere, ("anywhere",))
    yield from _answers(step.expect, ("steps", name, "expect"))


def _yes_and_no(name: str, key: str) -> Iterator[Offer]:
    yield ("steps", name, key), "yes", YES, YES_NO_KEYS[0]
    yield ("steps", name, key), "no", NO, YES_NO_KEYS[1]


def _answers(answers: Mapping[str, ExpectedAnswer], where: Place) -> Iterator[Offer]:
    yield from (((*where, name), name, answer.say, answer.keys) for name, answer in answers.items())


def _clashes(offers: Iterable[Offer]) -> Found:
    said: dict[Words | str, str] = {}
    for place, answer, phrases, keys in offers:
        for position, phrase in enumerate(phrases):
            taken = next((words for words in expansions(phrase) if said.setdefault(words, answer) != answer), None)
            if taken:
                what = f"{' '.join(taken)!r} is also said for {said[taken]!r}, expected words of its own"
                yield (*place, "say", position), what
        if keys and said.setdefault(keys, answer) != answer:
            yield (*place, "keys"), f"{keys!r} is also the key for {said[keys]!r}, expected another"


def reached_steps(plan: Dialplan) -> set[str]:
    """The names of the steps to which a call may come, also of those that there are not."""
    return _closure({plan.first_step}, _following(plan))


def _following(plan: Dialplan) -> dict[str, set[str]]:
    following = {name: {to for _, to in ways_on(step)} for name, step in plan.steps.items()}
    anywhere = {answer.next for answer in plan.anywhere.values() if answer.next}
    for name, step in plan.steps.items():
        if isinstance(step, AskStep):
            following[name] |= anywhere
    return following


def _wrong_ways(plan: Dialplan) -> Found:
    """Steps that nobody reaches, and steps from which the call never ends."""
    following = _following(plan)
    reached = reached_steps(plan)
    leading: dict[str, set[str]] = {name: set() for name in plan.steps}
    for name, ways in following.items():
        for to in ways & set(plan.steps):
            leading[to].add(name)
    ends = {
        name
        for name, step in plan.steps.items()
        if isinstance(step, HangUpStep | TransferStep) or (isinstance(step, LLMStep) and step.may)
    }
    ending = _closure(ends, leading)
    for name in plan.steps:
        if name not in reached:
            yield ("steps", name), "nobody gets here, expected a step that leads to it"
        elif name not in ending and following[name] <= set(plan.steps):
            yield ("steps", name), "no way out, expected a way to a step with `hang_up` or `transfer`"


def _closure(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for to in ways.get(waiting.pop(), set()) - reached:
            reached.add(to)
            waiting.append(to)
    return reached
