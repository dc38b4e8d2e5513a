"""``appliance route NUMBER``: which dialplan answers, and with what."""

import argparse
import sys
from collections.abc import Iterator

from appliance.cli.config import add_config, settings_of
from appliance.dialplan import AskStep, Dialplan, HangUpStep, LLMStep, Match, SayStep, fill, load_dialplans, normalised


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``NUMBER`` and ``--config``."""
    add_config(parser)
    parser.add_argument("number", metavar="NUMBER", help="the number that is called, such as +15555550100")


def run(arguments: argparse.Namespace) -> int:
    """Prints the dialplan, its file, why it answers, and what the caller hears; 1 when none answers."""
    settings = settings_of(arguments)
    path = settings.dialplans.path
    dialplans = load_dialplans(path, settings)
    number = normalised(arguments.number)
    if dialplans.problems:
        count = len(dialplans.problems)
        print(f"{count} {'problem' if count == 1 else 'problems'} in {path}: see `appliance check`", file=sys.stderr)
    match = dialplans.match(number)
    if match is None:
        known = ", ".join(pattern for loaded in dialplans.plans for pattern in loaded.plan.numbers)
        international = f"; did you mean +{number}?" if dialplans.match(f"+{number}") else ""
        print(f"No dialplan in {path} answers {number}{international}")
        print(f"  answered    {known or 'no number at all'}")
        return 1
    print(f"{number} is answered by {match.loaded.plan.name}")
    for what, text in _lines(match, number):
        print(f"  {what:<12}{text}")
    return 0


def _lines(match: Match, number: str) -> Iterator[tuple[str, str]]:
    plan = match.loaded.plan
    yield "file", str(match.loaded.file)
    yield "because", _why(match.pattern, number)
    yield from zip(("hears", ""), first_words(plan, number), strict=False)
    then = f", then is connected with {plan.fallback.transfer}" if plan.fallback.transfer else ", then the call ends"
    yield "on failure", f"hears {fill(plan.fallback.say, plan.variables)!r}{then}"
    yield "reports", ", ".join(f"{name}: {level}" for name, level in plan.function_call_report_level.items())


def _why(pattern: str, number: str) -> str:
    if pattern == "*":
        return 'no pattern fits better than "*"'
    return "the number is listed" if pattern == number else f"no pattern fits better than {pattern}"


def first_words(plan: Dialplan, called: str) -> list[str]:
    """What a caller hears before anything is answered: the greeting and the first step, at most two texts."""
    step = plan.steps[plan.first_step]
    opening = {AskStep: "ask", SayStep: "say", HangUpStep: "hang_up", LLMStep: "opening"}.get(type(step))
    texts = [plan.greeting, getattr(step, opening) if opening else None]
    return [fill(text, {**plan.variables, "called": called}).strip() for text in texts if text]
